import { afterEach, describe, expect, test } from "bun:test";
import { eventually, freePort } from "@vidferry/testing";
import { createKeyAuth, type RunningServer, startServer } from "../../api/src/index.ts";
import { aborted } from "../../api/src/testing/fake-service.ts";
import { createHarness } from "../../api/src/testing/harness.ts";
import { startHarness } from "../../api/src/testing/live-server.ts";
import { idOf, makeArtifact, makeJob } from "../../api/src/testing/samples.ts";
import { type LoggedEvent, noProgress, toJobResource } from "../../core/src/index.ts";
import { AuthenticationError, NotFoundError } from "./errors.ts";
import { Vidferry } from "./vidferry.ts";

const url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
const closing: { stop(options: { graceMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((server) => server.stop({ graceMs: 0 })));
});

/** A log of numbered events of one job, that any number of servers may read. */
function eventLog(last: number) {
  const job = makeJob(1, { state: "running" });
  const all: LoggedEvent[] = Array.from({ length: last }, (_, index) => {
    const id = `${index + 1}-0`;
    if (index > 0 && index < last - 1) {
      const progress = { ...noProgress, percent: index };
      return { id, type: "progress", data: { jobId: job.id, attempt: 1, stage: "downloading", progress } };
    }
    return { id, type: "job", data: toJobResource({ ...job, state: index === 0 ? "running" : "succeeded" }) };
  });
  return { job, all, after: (id: string | null) => all.slice(id === null ? 0 : Number.parseInt(id, 10)) };
}

describe("against a real server", () => {
  test("makes, reads, lists, moves, probes and deletes", async () => {
    const { url: baseUrl } = await startHarness();
    const vidferry = new Vidferry({ baseUrl });
    const job = await vidferry.downloads.create({
      url,
      labels: { team: "blue" },
      output: { type: "audio", format: "mp3" },
    });
    expect(job.request.output).toMatchObject({ type: "audio", format: "mp3", normalize: false });
    expect((await vidferry.downloads.get(job.id)).labels).toEqual({ team: "blue" });
    expect((await vidferry.downloads.list()).data.map(({ id }) => id)).toEqual([job.id]);
    expect((await vidferry.downloads.pause(job.id)).state).toBe("paused");
    expect((await vidferry.downloads.resume(job.id)).state).toBe("queued");
    expect((await vidferry.downloads.cancel(job.id)).state).toBe("canceled");
    expect((await vidferry.downloads.retry(job.id)).state).toBe("queued");
    await expect(vidferry.downloads.resume(job.id)).rejects.toMatchObject({ status: 409, code: "invalid_state" });
    expect(await vidferry.probe(url)).toMatchObject({ kind: "video", subtitles: [{ language: "en" }] });
    await vidferry.downloads.remove(job.id);
    await expect(vidferry.downloads.get(job.id)).rejects.toBeInstanceOf(NotFoundError);
    const { data } = await vidferry.raw.GET("/health");
    expect(data).toEqual({ status: "ok", version: "1.2.3" });
  });

  test("does not hand its key on to the storage that a file is redirected to", async () => {
    const received: Headers[] = [];
    const storage = Bun.serve({
      port: 0,
      fetch: ({ headers }) => {
        received.push(headers);
        return new Response("film");
      },
    });
    try {
      const { url: baseUrl, service } = await startHarness();
      const artifact = makeArtifact(1, 4);
      const job = makeJob(1, { state: "succeeded", artifacts: [artifact] });
      service.jobs.set(job.id, job);
      service.files.set(artifact.id, new TextEncoder().encode("here"));
      service.link = `${storage.url.href}bucket/film?signature=1`;
      const vidferry = new Vidferry({ baseUrl, apiKey: "vf_secret" });
      expect(await (await vidferry.downloads.file(job.id, artifact.id)).text()).toBe("film");
      expect(received).toHaveLength(1);
      expect(JSON.stringify([...(received[0] ?? [])])).not.toContain("vf_secret");
    } finally {
      await storage.stop(true);
    }
  });

  test("goes through all pages of a playlist, and takes a video for no list", async () => {
    const { url: baseUrl, service } = await startHarness();
    const vidferry = new Vidferry({ baseUrl });
    expect(await Array.fromAsync(vidferry.entries(url))).toEqual([]);
    const entries = Array.from({ length: 25 }, (_, index) => ({
      kind: "video" as const,
      id: `v${index}`,
      url,
      title: null,
      durationSeconds: null,
      uploadedAt: null,
      unavailable: null,
    }));
    service.probe = async (link, { limit = 100, cursor = "0" }) => {
      const end = Number(cursor) + limit;
      const list = { kind: "playlist" as const, id: "PL1", title: "T", channel: null, webpageUrl: link, count: null };
      return { ...list, entries: entries.slice(Number(cursor), end), nextCursor: end < 25 ? String(end) : null };
    };
    const seen = await Array.fromAsync(vidferry.entries(url, { limit: 10 }));
    expect(seen.map(({ id }) => id)).toEqual(entries.map(({ id }) => id));
  });

  test("goes through all pages of a long list", async () => {
    const { url: baseUrl, service } = await startHarness();
    for (let number = 1; number <= 25; number++) service.jobs.set(idOf("job", number), makeJob(number));
    const seen: string[] = [];
    for await (const { id } of new Vidferry({ baseUrl }).downloads.list({ limit: 10 })) seen.push(id);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => idOf("job", 25 - index)));
  });

  test("names every field that was refused", async () => {
    const { url: baseUrl } = await startHarness();
    const request = { url, clip: { startSeconds: 9, endSeconds: 3 } };
    await expect(new Vidferry({ baseUrl }).downloads.create(request)).rejects.toMatchObject({
      code: "invalid_request",
      fields: [{ path: "/clip/endSeconds" }],
    });
  });

  test("brings every event once although the server restarts again and again in the middle", async () => {
    const { job, all, after } = eventLog(40);
    const harness = createHarness();
    harness.service.jobs.set(job.id, job);
    let served = 0;
    harness.service.onFollow = async function* (_id, signal, lastEventId) {
      for (const event of after(lastEventId)) {
        if (signal.aborted) return;
        yield event;
        // Every tenth event is the last that this server sends.
        if (++served % 10 === 0 && event !== all.at(-1)) {
          restart();
          await aborted(signal);
        }
      }
    };
    const port = await freePort();
    let server: RunningServer | undefined;
    let restarting: Promise<void> | undefined;
    const start = async () => {
      server = await startServer({ app: harness.app, host: "127.0.0.1", port, logger: harness.logger });
      closing.push(server);
    };
    const restart = (): void => {
      restarting = server?.stop({ graceMs: 0 }).then(start);
    };
    await start();
    const seen: string[] = [];
    for await (const { id } of new Vidferry({ baseUrl: `http://127.0.0.1:${port}` }).downloads.events(job.id))
      seen.push(id);
    await restarting;
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(harness.service.follows.length).toBeGreaterThanOrEqual(4);
    await eventually(() => harness.service.following.count === 0);
  }, 30_000);

  test("waits for a job to its end, with its progress", async () => {
    const { url: baseUrl, service } = await startHarness();
    const { job, after } = eventLog(4);
    service.jobs.set(job.id, job);
    service.onFollow = async function* (_id, _signal, lastEventId) {
      yield* after(lastEventId);
    };
    const percents: (number | null)[] = [];
    const done = await new Vidferry({ baseUrl }).downloads.wait(job.id, {
      onProgress: ({ progress }) => percents.push(progress.percent),
    });
    expect(done.state).toBe("succeeded");
    expect(percents).toEqual([null, 1, 2, null]);
  });

  test("lets the server's followers go when the caller stops", async () => {
    const { url: baseUrl, service } = await startHarness();
    const { downloads } = new Vidferry({ baseUrl });
    const job = await downloads.create({ url });
    for (let round = 0; round < 20; round++) {
      for await (const event of downloads.events(job.id)) {
        expect(event.type).toBe("job");
        break;
      }
    }
    await expect(downloads.wait(job.id, { timeoutMs: 20 })).rejects.toMatchObject({ name: "TimeoutError" });
    expect(service.follows.length).toBeGreaterThanOrEqual(20);
    await eventually(() => service.following.count === 0);
  });

  test("streams a file, whole and in part, and makes a link to it", async () => {
    const { url: baseUrl, service } = await startHarness();
    const bytes = new Uint8Array(100_000).map((_, index) => index % 251);
    const artifact = makeArtifact(1, bytes.length);
    const job = makeJob(1, { state: "succeeded", artifacts: [artifact] });
    service.jobs.set(job.id, job);
    service.files.set(artifact.id, bytes);
    const { downloads } = new Vidferry({ baseUrl });
    const whole = await downloads.file(job.id, artifact.id);
    expect(whole.headers.get("content-disposition")).toContain("A clip.mp4");
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);
    const part = await downloads.file(job.id, artifact.id, { range: "bytes=10-19" });
    expect(part.status).toBe(206);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(10, 20));
    const { url, expiresAt } = await downloads.link(job.id, artifact.id, { expiresInSeconds: 60 });
    expect(url).toStartWith(`${baseUrl}/api/v1/downloads/${job.id}/files/${artifact.id}?token=`);
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000);
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(bytes.length);
    await expect(downloads.file(job.id, idOf("art", 9))).rejects.toBeInstanceOf(NotFoundError);
  });

  test("shows its key to the service, and to nobody the service sends it to", async () => {
    const storage = { asked: [] as Headers[] };
    const foreign = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        storage.asked.push(request.headers);
        return new Response("bytes");
      },
    });
    closing.push({ stop: () => foreign.stop(true) });
    const asked: (string | null)[] = [];
    const service = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        asked.push(request.headers.get("authorization"));
        return Response.redirect(new URL("/signed", foreign.url).href, 302);
      },
    });
    closing.push({ stop: () => service.stop(true) });
    const { downloads } = new Vidferry({ baseUrl: service.url.href, apiKey: "vf_key" });
    expect(await (await downloads.file("job_1", "art_1")).text()).toBe("bytes");
    expect(asked).toEqual(["Bearer vf_key"]);
    expect(storage.asked.map((headers) => headers.get("authorization"))).toEqual([null]);
  });

  test("is refused without a key where one is needed", async () => {
    const auth = createKeyAuth({
      keys: { findByHash: async () => null } as never,
      clock: { now: () => new Date() } as never,
      logger: { warn: () => undefined },
    });
    const { url: baseUrl } = await startHarness({ auth });
    const { downloads } = new Vidferry({ baseUrl });
    await expect(downloads.create({ url })).rejects.toBeInstanceOf(AuthenticationError);
    await expect(downloads.events("job_1").next()).rejects.toBeInstanceOf(AuthenticationError);
  });
});

test("an app in the same process is a service as well", async () => {
  const { app, service } = createHarness();
  const { job, all, after } = eventLog(5);
  service.jobs.set(job.id, job);
  service.onFollow = async function* (_id, _signal, lastEventId) {
    yield* after(lastEventId);
  };
  const { downloads } = new Vidferry({ baseUrl: "http://localhost", fetch: (request) => app.fetch(request) });
  const seen: string[] = [];
  for await (const { id } of downloads.events(job.id)) seen.push(id);
  expect(seen).toEqual(all.map(({ id }) => id));
  expect((await downloads.get(job.id)).id).toBe(job.id);
});
