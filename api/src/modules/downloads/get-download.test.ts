import { describe, expect, test } from "bun:test";
import { JobResource } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { idOf, makeJob } from "../../testing/samples.ts";

function withJob() {
  const harness = createHarness();
  const job = makeJob(1);
  harness.service.jobs.set(job.id, job);
  return { ...harness, job };
}

describe("GET /downloads/{id}", () => {
  test.each(["downloads", "status"])("shows the job under /%s", async (place) => {
    const { send, job } = withJob();
    const response = await send("GET", `/api/v1/${place}/${job.id}`);
    expect(response.status).toBe(200);
    expect(JobResource.parse(await response.json()).id).toBe(job.id);
  });

  test("answers 304 while nothing has changed, and 200 afterwards", async () => {
    const { send, service, job } = withJob();
    const path = `/api/v1/downloads/${job.id}`;
    const tag = (await send("GET", path)).headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    const same = await send("GET", path, undefined, { "If-None-Match": `"other", ${tag}` });
    expect(same.status).toBe(304);
    expect(same.headers.get("etag")).toBe(tag);
    expect(await same.text()).toBe("");
    for (const named of [`W/${tag}`, "*"])
      expect((await send("GET", path, undefined, { "If-None-Match": named })).status).toBe(304);
    // Also within one millisecond.
    service.jobs.set(job.id, { ...job, labels: { a: "1" } });
    expect((await send("GET", path, undefined, { "If-None-Match": tag })).status).toBe(200);
  });

  test("shows what holds a due job up, also to a client that asks whether it has changed", async () => {
    const { send, service, job } = withJob();
    service.jobs.set(job.id, { ...job, state: "queued", stage: null });
    const path = `/api/v1/downloads/${job.id}`;
    const before = await send("GET", path);
    expect(JobResource.parse(await before.json()).waitingFor).toBeNull();
    service.held.set(job.id, "quota");
    const after = await send("GET", path, undefined, { "If-None-Match": before.headers.get("etag") ?? "" });
    expect(after.status).toBe(200);
    expect(JobResource.parse(await after.json()).waitingFor).toMatchObject({ reason: "quota", until: null });
    const page = (await (await send("GET", "/api/v1/downloads")).json()) as { data: JobResource[] };
    expect(page.data[0]?.waitingFor).toMatchObject({ reason: "quota" });
  });

  test("shows nothing of what is kept inside", async () => {
    const { send, service, job } = withJob();
    service.jobs.set(job.id, { ...job, worker: "wrk_secret", host: "host-secret" });
    expect(await (await send("GET", `/api/v1/downloads/${job.id}`)).text()).not.toContain("secret");
  });

  test.each([idOf("job", 99), "job_1", "..%2f..%2fetc%2fpasswd", "x".repeat(3_000), "%00", "%zz"])(
    "answers 404 for %s",
    async (id) => {
      const { send } = withJob();
      await expectProblem(await send("GET", `/api/v1/downloads/${id}`), 404, "not_found");
    },
  );

  test("hides the jobs of other owners", async () => {
    const { send, service } = withJob();
    const foreign = makeJob(2, { owner: "bob" });
    service.jobs.set(foreign.id, foreign);
    await expectProblem(await send("GET", `/api/v1/downloads/${foreign.id}`), 404, "not_found");
  });

  test("takes HEAD", async () => {
    const { send, job } = withJob();
    const response = await send("HEAD", `/api/v1/downloads/${job.id}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});
