import { expect, test } from "bun:test";
import { createHarness } from "../testing/harness.ts";
import { makeArtifact, makeJob } from "../testing/samples.ts";

test.each([
  ["a file", "/files/{file}", {}],
  ["a part of a file", "/files/{file}", { range: "bytes=1-2" }],
  ["an archive", "/archive", {}],
  ["a history as CSV", null, {}],
])("%s is not kept in a proxy's buffer, nor cut where that ends", async (_what, path, headers) => {
  const { send, service } = createHarness();
  const artifact = makeArtifact(1, 4);
  const job = makeJob(1, { state: "succeeded", artifacts: [artifact] });
  service.jobs.set(job.id, job);
  service.files.set(artifact.id, new TextEncoder().encode("film"));
  const ofJob = `/api/v1/downloads/${job.id}${path?.replace("{file}", artifact.id)}`;
  const response = await send("GET", path === null ? "/api/v1/history?format=csv" : ofJob, undefined, headers);
  expect([response.ok, response.headers.get("x-accel-buffering")]).toEqual([true, "no"]);
  await response.body?.cancel();
});
