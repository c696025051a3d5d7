import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { AppError, JobResource, type LoggedEvent, noProgress, ProgressEvent, toJobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import type { RuntimeBindings } from "../../app-env.ts";
import type { FrameSource } from "../../http/frames.ts";
import { startServer } from "../../http/server.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { readAllFrames, readFrames, startHarness } from "../../testing/live-server.ts";
import { exchange, openRaw } from "../../testing/raw-client.ts";
import { idOf, makeJob } from "../../testing/samples.ts";

const job = makeJob(1, { state: "running", attempt: 1 });
const done = { ...job, state: "succeeded" as const };
const path = `/api/v1/downloads/${job.id}/events`;

const jobEvent = (number: number, of = job): LoggedEvent => ({
  id: `1-${number}`,
  type: "job",
  data: toJobResource(of),
});
const progressEvent = (number: number): LoggedEvent => ({
  id: `1-${number}`,
  type: "progress",
  data: { jobId: job.id, attempt: 1, stage: "downloading", progress: { ...noProgress, percent: number } },
});

async function* events(...list: LoggedEvent[]): AsyncGenerator<LoggedEvent, void, void> {
  yield* list;
}

async function startWithJob(over: Parameters<typeof startHarness>[0] = {}) {
  const harness = await startHarness(over);
  harness.service.jobs.set(job.id, job);
  return { ...harness, eventsUrl: harness.url + path };
}

describe("GET /downloads/{id}/events", () => {
  test("sends each event with its id, name and one line of data, and ends after the last", async () => {
    const { eventsUrl, service } = await startWithJob();
    service.onFollow = () => events(jobEvent(1), progressEvent(2), jobEvent(3, done));
    const response = await fetch(eventsUrl);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    const frames = await readAllFrames(response);
    expect(frames.map(({ id, event, retry }) => ({ id, event, retry }))).toEqual([
      { id: undefined, event: undefined, retry: "2000" },
      { id: "1-1", event: "job", retry: undefined },
      { id: "1-2", event: "progress", retry: undefined },
      { id: "1-3", event: "job", retry: undefined },
    ]);
    expect(JobResource.parse(JSON.parse(frames[3]?.data ?? "")).state).toBe("succeeded");
    expect(ProgressEvent.parse(JSON.parse(frames[2]?.data ?? "")).progress.percent).toBe(2);
    await eventually(() => service.following.count === 0);
  });

  test("keeps line breaks of a title inside its one line", async () => {
    const { eventsUrl, service } = await startWithJob();
    const odd = { ...done, labels: { note: "a\n\nevent: job\ndata: {}\r\n\u2028" } };
    service.onFollow = () => events(jobEvent(1, odd));
    const [, frame] = await readAllFrames(await fetch(eventsUrl));
    expect(JobResource.parse(JSON.parse(frame?.data ?? "")).labels).toEqual(odd.labels);
  });

  test("passes the last event id on, from the header or the query", async () => {
    const { eventsUrl, service } = await startWithJob();
    service.onFollow = () => events(jobEvent(9, done));
    await readAllFrames(await fetch(eventsUrl, { headers: { "Last-Event-ID": "1761955200000-4" } }));
    await readAllFrames(await fetch(`${eventsUrl}?lastEventId=17-5`));
    await readAllFrames(await fetch(eventsUrl));
    expect(service.follows.map((follow) => follow.lastEventId)).toEqual(["1761955200000-4", "17-5", null]);
  });

  test("answers at once to a client that resumes while nothing happens", async () => {
    const { eventsUrl, service } = await startWithJob();
    const client = new AbortController();
    const response = await fetch(eventsUrl, { headers: { "Last-Event-ID": "1-1" }, signal: client.signal });
    expect(response.status).toBe(200);
    client.abort();
    await eventually(() => service.following.count === 0);
  });

  test("answers 204 to a client that has had the last event, so that an EventSource stops", async () => {
    const { eventsUrl, service } = await startWithJob();
    service.jobs.set(job.id, done);
    service.onFollow = () => events();
    const after = await fetch(eventsUrl, { headers: { "Last-Event-ID": "1-9" } });
    expect(after.status).toBe(204);
    service.onFollow = () => events(jobEvent(9, done));
    expect((await fetch(eventsUrl, { headers: { "Last-Event-ID": "1-9" } })).status).toBe(204);
    const missed = await readAllFrames(await fetch(eventsUrl, { headers: { "Last-Event-ID": "1-8" } }));
    expect(missed.map((frame) => frame.id)).toEqual([undefined, "1-9"]);
    expect(service.following.count).toBe(0);
  });

  test("refuses before the stream begins what cannot be followed", async () => {
    const { send, service } = createHarness();
    service.jobs.set(job.id, job);
    await expectProblem(await send("GET", `/api/v1/downloads/${idOf("job", 9)}/events`), 404, "not_found");
    await expectProblem(await send("GET", `${path}?lastEventId=a%0Ab`), 422, "invalid_request");
    service.failure = new AppError("unavailable");
    await expectProblem(await send("GET", path), 503, "unavailable");
    expect(service.follows).toEqual([]);
  });

  test("answers HEAD without following anything", async () => {
    const { send, service } = createHarness();
    service.jobs.set(job.id, job);
    const response = await send("HEAD", path);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(service.follows).toEqual([]);
  });

  test("ends the stream without a word to the client when following fails", async () => {
    const { eventsUrl, service, logger } = await startWithJob();
    service.onFollow = async function* () {
      yield jobEvent(1);
      throw new Error("redis://:secret@host went away");
    };
    const response = await fetch(eventsUrl);
    const text = await response.text();
    expect(text).toContain("id: 1-1");
    expect(text).not.toContain("secret");
    expect(logger.lines.some((line) => line.message === "event stream failed")).toBe(true);
  });

  test("comments on the silence, so that nobody takes the stream for dead", async () => {
    const { eventsUrl } = await startWithJob({ config: { heartbeatMs: 20 } });
    const seen: string[] = [];
    for await (const frame of readFrames(await fetch(eventsUrl))) {
      seen.push(frame.comment ?? frame.event ?? "retry");
      if (seen.length === 5) break;
    }
    expect(seen).toEqual(["retry", "job", "heartbeat", "heartbeat", "heartbeat"]);
  });

  test("outlives the time in which a request must arrive, also without heartbeats", async () => {
    const { eventsUrl, service } = await startWithJob({ config: { heartbeatMs: 60_000 }, requestTimeoutMs: 500 });
    service.onFollow = async function* () {
      yield jobEvent(1);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      yield jobEvent(2, done);
    };
    const frames = await readAllFrames(await fetch(eventsUrl));
    expect(frames.map((frame) => frame.id)).toEqual([undefined, "1-1", "1-2"]);
  }, 30_000);

  test("200 clients that leave in the middle leave nothing behind", async () => {
    const { eventsUrl, service } = await startWithJob();
    const clients = Array.from({ length: 200 }, () => new AbortController());
    await Promise.all(
      clients.map(async (client) => {
        const response = await fetch(eventsUrl, { signal: client.signal });
        await readFrames(response).next();
      }),
    );
    await eventually(() => service.following.count === 200);
    for (const client of clients) client.abort();
    await eventually(() => service.following.count === 0, { message: "every follower lets go" });
    expect(service.follows.every((follow) => follow.signal.aborted)).toBe(true);
  });

  test("keeps neither the requests nor the answers of open streams", async () => {
    const { app, service, logger } = createHarness();
    service.jobs.set(job.id, job);
    const held: WeakRef<Request | Response>[] = [];
    const watched: typeof app.fetch = async (request, bindings) => {
      const response = await app.fetch(request, bindings);
      held.push(new WeakRef(request), new WeakRef(response));
      return response;
    };
    const server = await startServer({ app: { fetch: watched }, logger, host: "127.0.0.1", port: 0 });
    try {
      const clients = await Promise.all(
        Array.from({ length: 50 }, () => openRaw(server.url, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)),
      );
      await eventually(() => service.following.count === clients.length);
      await eventually(() => {
        Bun.gc(true);
        // The collector takes what looks like an address on the stack for one.
        return held.filter((one) => one.deref() !== undefined).length < clients.length / 2;
      });
      expect(held.length).toBe(2 * clients.length);
      expect(service.following.count).toBe(clients.length);
      for (const client of clients) client.destroy();
    } finally {
      await server.stop({ graceMs: 0 });
    }
  });

  test("has the headers of every answer, and reaches clients of HTTP/1.0 without chunks", async () => {
    const { eventsUrl, service } = await startWithJob({ config: { corsOrigins: ["https://app.example"] } });
    service.onFollow = () => events(jobEvent(1), jobEvent(2, done));
    const { headers, text } = await exchange(
      eventsUrl,
      `GET ${path} HTTP/1.0\r\nHost: 127.0.0.1\r\nOrigin: https://app.example\r\nX-Request-Id: my-request-1\r\n\r\n`,
    );
    expect(headers).toMatchObject({
      "x-request-id": "my-request-1",
      "x-content-type-options": "nosniff",
      "access-control-allow-origin": "https://app.example",
    });
    expect(headers).not.toHaveProperty("transfer-encoding");
    expect(text).toStartWith("retry: 2000\n\nid: 1-1\n");
    expect(text.match(/^id: .*$/gm)).toEqual(["id: 1-1", "id: 1-2"]);
  });

  test("is an ordinary body where the app is called as a function, and goes on only as it is read", async () => {
    const { app, service } = createHarness();
    service.jobs.set(job.id, job);
    let taken = 0;
    service.onFollow = async function* (_, signal) {
      while (!signal.aborted) yield jobEvent(++taken);
    };
    const frames = readFrames(await app.request(path));
    const ids: (string | undefined)[] = [];
    for await (const frame of frames) {
      ids.push(frame.id);
      expect(taken).toBeLessThanOrEqual(ids.length);
      if (ids.length === 4) break;
    }
    expect(ids).toEqual([undefined, "1-1", "1-2", "1-3"]);
    await eventually(() => service.following.count === 0);
  });

  test("takes events only as fast as the client reads them", async () => {
    const { eventsUrl, service } = await startWithJob();
    const filler = { ...job, labels: { filler: "x".repeat(200_000) } };
    let taken = 0;
    service.onFollow = async function* (_, signal) {
      while (!signal.aborted) yield jobEvent(++taken, filler);
    };
    const { hostname, port } = new URL(eventsUrl);
    const socket = connect(Number(port), hostname);
    try {
      socket.pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
      let before = -1;
      // Settled: nothing more was read for half a second.
      await eventually(
        () => {
          const settled = taken > 0 && taken === before;
          before = taken;
          return settled;
        },
        { intervalMs: 500, message: "the server stops taking events" },
      );
      // What the system's socket buffers hold, and no more: endless events would have gone on.
      expect(taken).toBeLessThan(200);
    } finally {
      socket.destroy();
    }
    await eventually(() => service.following.count === 0);
  });

  test("cuts off a client that stopped reading for too long", async () => {
    const { eventsUrl, service } = await startWithJob({ config: { stalledMs: 300 } });
    const filler = { ...job, labels: { filler: "x".repeat(200_000) } };
    let taken = 0;
    service.onFollow = async function* (_, signal) {
      while (!signal.aborted) yield jobEvent(++taken, filler);
    };
    const { hostname, port } = new URL(eventsUrl);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    try {
      socket.pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
      await eventually(() => taken > 0 && service.following.count === 0, { message: "the follower lets go" });
    } finally {
      socket.destroy();
    }
  });

  test("sends clients away with a hint when the server stops, and they let go", async () => {
    const { eventsUrl, service, server } = await startWithJob();
    const response = await fetch(eventsUrl);
    const frames = readAllFrames(response);
    await eventually(() => service.following.count === 1);
    await server.stop({ graceMs: 5_000 });
    const last = (await frames).at(-1);
    expect(Number(last?.retry)).toBeGreaterThanOrEqual(500);
    expect(service.following.count).toBe(0);
  });

  test("is not begun for a client that is gone already", async () => {
    const { app, service } = createHarness();
    service.jobs.set(job.id, job);
    service.onFollow = () => events(jobEvent(1));
    const response = await app.request(path, { signal: AbortSignal.abort() });
    expect(await response.text()).toBe("retry: 2000\n\n");
    expect(service.following.count).toBe(0);
  });
});

test("a client that left before its stream began ends the stream's source", async () => {
  let asked = false;
  let ended = 0;
  const answering = Promise.withResolvers<void>();
  const source: FrameSource = {
    open: () => undefined,
    ready: () => undefined,
    closed: () => {
      ended += 1;
    },
  };
  const { logger } = createHarness();
  const app: Parameters<typeof startServer>[0]["app"] = {
    fetch: async (request, env) => {
      asked = true;
      await answering.promise;
      await eventually(() => request.signal.aborted);
      (env as RuntimeBindings).stream?.(source);
      return new Response(null);
    },
  };
  const server = await startServer({ app, logger, host: "127.0.0.1", port: 0 });
  const client = await openRaw(server.url, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await eventually(() => asked);
  client.destroy();
  answering.resolve();
  await eventually(() => ended === 1);
  await server.stop({ graceMs: 0 });
});
