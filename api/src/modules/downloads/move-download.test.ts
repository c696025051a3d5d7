import { describe, expect, test } from "bun:test";
import { JobResource, type JobState, Media } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { idOf, makeJob } from "../../testing/samples.ts";

function withJob(state: JobState) {
  const harness = createHarness();
  const job = makeJob(1, { state });
  harness.service.jobs.set(job.id, job);
  return { ...harness, path: `/api/v1/downloads/${job.id}`, job };
}

describe("POST /downloads/{id}/…", () => {
  test.each([
    ["cancel", "running", "canceled"],
    ["pause", "queued", "paused"],
    ["resume", "paused", "queued"],
    ["retry", "failed", "queued"],
  ] as const)("%s takes a %s job to %s", async (move, from, to) => {
    const { send, path } = withJob(from);
    const response = await send("POST", `${path}/${move}`);
    expect(response.status).toBe(200);
    expect(JobResource.parse(await response.json()).state).toBe(to);
  });

  test.each([
    ["cancel", "succeeded"],
    ["pause", "failed"],
    ["resume", "running"],
    ["retry", "queued"],
  ] as const)("%s is refused for a %s job", async (move, state) => {
    const { send, path } = withJob(state);
    await expectProblem(await send("POST", `${path}/${move}`), 409, "invalid_state");
  });

  test("finish takes the recording of a live stream, and refuses any other job", async () => {
    const recording = withJob("running");
    const media = Media.parse({
      ...{
        extractor: "youtube",
        id: "onAirNow001",
        title: "On air",
        channel: null,
        durationSeconds: null,
        chapters: [],
      },
      ...{ webpageUrl: recording.job.request.url, thumbnailUrl: null, uploadedAt: null, isLive: true },
    });
    recording.service.jobs.set(recording.job.id, { ...recording.job, media });
    const response = await recording.send("POST", `${recording.path}/finish`);
    expect(response.status).toBe(200);
    expect(JobResource.parse(await response.json()).state).toBe("running");
    const download = withJob("running");
    await expectProblem(await download.send("POST", `${download.path}/finish`), 409, "invalid_state");
  });

  test("an unknown job or move is not found", async () => {
    const { send, path } = withJob("queued");
    await expectProblem(await send("POST", `/api/v1/downloads/${idOf("job", 9)}/cancel`), 404, "not_found");
    await expectProblem(await send("POST", `${path}/explode`), 404, "not_found");
  });
});

describe("DELETE /downloads/{id}", () => {
  test("answers 204, and 404 the second time", async () => {
    const { send, path, service } = withJob("running");
    const response = await send("DELETE", path);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(service.jobs.size).toBe(0);
    await expectProblem(await send("DELETE", path), 404, "not_found");
  });
});
