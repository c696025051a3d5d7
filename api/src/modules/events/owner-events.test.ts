import { describe, expect, test } from "bun:test";
import { noProgress, type OwnerEvent, toJobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { readAllFrames, readFrames, startHarness } from "../../testing/live-server.ts";
import { makeJob } from "../../testing/samples.ts";

const path = "/api/v1/events";
const job = makeJob(1, { state: "running", attempt: 1 });
const jobEvent: OwnerEvent = { id: "0-1", type: "job", data: toJobResource(job) };
const snapshot: OwnerEvent = { id: "1-1", type: "snapshot", data: { jobs: 1, complete: true } };
const progress: OwnerEvent = {
  id: "1-2",
  type: "progress",
  data: { jobId: job.id, attempt: 1, stage: "downloading", progress: { ...noProgress, percent: 50 } },
};

async function* events(...list: OwnerEvent[]): AsyncGenerator<OwnerEvent, void, void> {
  yield* list;
}

describe("GET /events", () => {
  test("sends the events of all jobs, each with its id, name and one line of data", async () => {
    const { url, service } = await startHarness();
    const asked: unknown[] = [];
    service.onFollowAll = (owner, { lastEventId, types }) => {
      asked.push({ owner, lastEventId, types });
      return events(jobEvent, snapshot, progress);
    };
    const response = await fetch(url + path);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    const frames = await readAllFrames(response);
    expect(frames.map(({ id, event }) => [id, event])).toEqual([
      [undefined, undefined],
      ["0-1", "job"],
      ["1-1", "snapshot"],
      ["1-2", "progress"],
    ]);
    expect(JSON.parse(frames[2]?.data ?? "")).toEqual({ jobs: 1, complete: true });
    expect(asked).toEqual([{ owner: "local", lastEventId: null, types: undefined }]);
  });

  test("passes on where to resume, from the header or the query, and the types that are wanted", async () => {
    const { url, service } = await startHarness();
    const asked: unknown[] = [];
    service.onFollowAll = (_, { lastEventId, types }) => {
      asked.push([lastEventId, types]);
      return events();
    };
    await readAllFrames(await fetch(url + path, { headers: { "Last-Event-ID": "17-4" } }));
    await readAllFrames(await fetch(`${url}${path}?lastEventId=17-5&types=job,progress`));
    await readAllFrames(await fetch(`${url}${path}?types=job`));
    expect(asked).toEqual([
      ["17-4", undefined],
      ["17-5", new Set(["job", "progress"])],
      [null, new Set(["job"])],
    ]);
  });

  test("refuses types that there are not, by name, and ids that are none", async () => {
    const { send } = createHarness();
    const problem = await expectProblem(await send("GET", `${path}?types=job,confetti`), 422, "invalid_request");
    expect(problem.errors?.[0]?.path).toBe("/types/1");
    await expectProblem(await send("GET", `${path}?types=`), 422, "invalid_request");
    await expectProblem(await send("GET", `${path}?lastEventId=a%0Ab`), 422, "invalid_request");
  });

  test("answers HEAD without following anything", async () => {
    const { send, service } = createHarness();
    let followed = 0;
    service.onFollowAll = () => {
      followed += 1;
      return events();
    };
    expect((await send("HEAD", path)).headers.get("content-type")).toBe("text/event-stream");
    expect(followed).toBe(0);
  });

  test("comments on the silence, and lets go when the client leaves", async () => {
    const { url, service } = await startHarness({ config: { heartbeatMs: 20 } });
    const seen: string[] = [];
    for await (const frame of readFrames(await fetch(url + path))) {
      seen.push(frame.comment ?? frame.event ?? "retry");
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(["retry", "heartbeat", "heartbeat"]);
    await eventually(() => service.following.count === 0);
  });

  test("sends clients away with a hint when the server stops", async () => {
    const { url, service, server } = await startHarness();
    const frames = readAllFrames(await fetch(url + path));
    await eventually(() => service.following.count === 1);
    await server.stop({ graceMs: 5_000 });
    expect(Number((await frames).at(-1)?.retry)).toBeGreaterThanOrEqual(500);
    expect(service.following.count).toBe(0);
  });
});
