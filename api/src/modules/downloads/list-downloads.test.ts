import { describe, expect, test } from "bun:test";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { makeJob } from "../../testing/samples.ts";
import { DownloadPage } from "./list-downloads.ts";

function withJobs(count: number) {
  const harness = createHarness();
  for (let number = 1; number <= count; number++) {
    const job = makeJob(number);
    harness.service.jobs.set(job.id, job);
  }
  return harness;
}

describe("GET /downloads", () => {
  test("pages through all jobs, newest first, each once", async () => {
    const { send } = withJobs(7);
    const seen: string[] = [];
    let path: string | null = "/api/v1/downloads?limit=3";
    let pages = 0;
    while (path !== null) {
      const response: Response = await send("GET", path);
      expect(response.status).toBe(200);
      const page = DownloadPage.parse(await response.json());
      seen.push(...page.data.map((job) => job.id));
      const link = response.headers.get("link");
      expect(link === null).toBe(page.nextCursor === null);
      path = link === null ? null : (/^<(.+)>; rel="next"$/.exec(link)?.[1] ?? null);
      pages++;
    }
    expect(pages).toBe(3);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map((number) => makeJob(number).id));
  });

  test("asks for the key's own jobs, 20 a page, unless told otherwise", async () => {
    const { send, service } = withJobs(1);
    await send("GET", "/api/v1/downloads");
    expect(service.queries).toEqual([{ owner: "local", limit: 20 }]);
  });

  test("takes states as a list or repeated, labels, and a text", async () => {
    const { send, service } = withJobs(1);
    await send("GET", "/api/v1/downloads?state=queued,running&state=failed&label.project=x&label.a.b=1&q=rick%20roll");
    expect(service.queries[0]).toEqual({
      owner: "local",
      limit: 20,
      states: ["queued", "running", "failed"],
      labels: { project: "x", "a.b": "1" },
      text: "rick roll",
    });
  });

  test.each([
    ["limit=0", "/limit"],
    ["limit=101", "/limit"],
    ["limit=-1", "/limit"],
    ["limit=1.5", "/limit"],
    ["limit=", "/limit"],
    ["limit=1e1", "/limit"],
    ["limit=1&limit=2", "/limit"],
    ["state=done", "/state/0"],
    ["state=", "/state/0"],
    ["state=queued,,failed", "/state/1"],
    ["label.=x", "/label."],
    ["label.a=1&label.a=2", "/label.a"],
    [Array.from({ length: 21 }, (_, index) => `label.name${index}=x`).join("&"), "/label.name20"],
    ["q=", "/q"],
    ["cursor=", "/cursor"],
    ["cursor=abc", "/cursor"],
    ["cursor=%F0%9F%92%A5", "/cursor"],
    [`cursor=${btoa("zzzzzzzzzzz.job_00000000000000000000000000000001").replaceAll("=", "")}`, "/cursor"],
    [`cursor=${btoa("8zzzzzzzzz.job_00000000000000000000000000000001").replaceAll("=", "")}`, "/cursor"],
    [`cursor=${btoa("1.art_00000000000000000000000000000001").replaceAll("=", "")}`, "/cursor"],
  ])("refuses ?%s", async (query, path) => {
    const { send, service } = withJobs(1);
    const problem = await expectProblem(await send("GET", `/api/v1/downloads?${query}`), 422, "invalid_request");
    expect(problem.errors?.map((error) => error.path)).toContain(path);
    expect(service.queries).toEqual([]);
  });
});
