import { describe, expect, test } from "bun:test";
import { type LoggedEvent, noProgress, toJobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { startHarness } from "../../testing/live-server.ts";
import { idOf, makeJob } from "../../testing/samples.ts";

const job = makeJob(1, { state: "running", attempt: 1 });
const path = `/ws/progress/${job.id}`;
const last: LoggedEvent = { id: "1-3", type: "job", data: toJobResource({ ...job, state: "succeeded" }) };
const progress: LoggedEvent = {
  id: "1-2",
  type: "progress",
  data: { jobId: job.id, attempt: 1, stage: "downloading", progress: { ...noProgress, percent: 50 } },
};

async function startWithJob() {
  const harness = await startHarness();
  harness.service.jobs.set(job.id, job);
  return { ...harness, socketUrl: harness.url.replace("http:", "ws:") + path };
}

/** Connects and collects what comes until the socket is closed. */
function listen(url: string, protocols: string[] = []) {
  const socket = new WebSocket(url, protocols);
  const frames: { id: string; event: string; data: unknown }[] = [];
  socket.addEventListener("message", (message) => frames.push(JSON.parse(String(message.data))));
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  return { socket, frames, closed };
}

describe("GET /ws/progress/{id}", () => {
  test("sends the events as text frames and closes with 1000 after the last", async () => {
    const { socketUrl, service } = await startWithJob();
    service.onFollow = async function* () {
      yield progress;
      yield last;
    };
    const { frames, closed } = listen(`${socketUrl}?lastEventId=1-1`);
    expect((await closed).code).toBe(1000);
    expect(frames).toEqual([
      { id: "1-2", event: "progress", data: progress.data },
      { id: "1-3", event: "job", data: last.data },
    ]);
    expect(service.follows[0]?.lastEventId).toBe("1-1");
  });

  test("lets go when the client leaves", async () => {
    const { socketUrl, service } = await startWithJob();
    const { socket, frames } = listen(socketUrl);
    await eventually(() => frames.length === 1);
    socket.close();
    await eventually(() => service.following.count === 0);
  });

  test("names its own protocol, never the one that holds the key", async () => {
    const { socketUrl } = await startWithJob();
    const { socket, frames, closed } = listen(socketUrl, ["vidferry", "bearer.vf_secret"]);
    await eventually(() => frames.length === 1);
    expect(socket.protocol).toBe("vidferry");
    socket.close();
    await closed;
  });

  test("closes with 1011 when the events cannot be read, and with 1001 when the server stops", async () => {
    const { socketUrl, service, server } = await startWithJob();
    const quiet = listen(socketUrl);
    await eventually(() => quiet.frames.length === 1);
    service.onFollow = async function* () {
      yield progress;
      throw new Error("gone");
    };
    expect((await listen(socketUrl).closed).code).toBe(1011);
    await server.stop({ graceMs: 5_000 });
    expect((await quiet.closed).code).toBe(1001);
    expect(service.following.count).toBe(0);
  });

  test("refuses unknown jobs, foreign pages and requests that are no handshake", async () => {
    const { send, service } = createHarness();
    service.jobs.set(job.id, job);
    await expectProblem(await send("GET", `/ws/progress/${idOf("job", 9)}`), 404, "not_found");
    await expectProblem(await send("GET", path, undefined, { Origin: "https://evil.example" }), 403, "forbidden");
    await expectProblem(await send("GET", path), 422, "invalid_request");
    await expectProblem(await send("GET", `${path}?lastEventId=a%0Ab`), 422, "invalid_request");
    expect(service.follows).toEqual([]);
  });
});
