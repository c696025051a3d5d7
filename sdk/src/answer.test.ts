import { describe, expect, test } from "bun:test";
import { sampleJob } from "./testing/sample-job.ts";
import { json, problem, type Step, scriptedFetch } from "./testing/scripted-fetch.ts";
import { Vidferry } from "./vidferry.ts";

const client = (...steps: readonly Step[]) =>
  new Vidferry({ baseUrl: "http://service.test", fetch: scriptedFetch(...steps).fetch });

describe("what a call resolves with", () => {
  test("comes with its headers and its request id when they are asked for", async () => {
    const answer = json(sampleJob(), 200, { "x-request-id": "req_7", etag: '"1"' });
    const { data, response, requestId } = await client(answer).downloads.get("job_1").withResponse();
    expect([data.id, requestId, response.status, response.headers.get("etag")]).toEqual(["job_1", "req_7", 200, '"1"']);
    const keys = await client(json({ data: [] }))
      .webhooks.list()
      .withResponse();
    expect([keys.data, keys.requestId]).toEqual([[], null]);
  });

  test("rejects alike either way, and nothing is left unhandled", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    try {
      const vidferry = client(problem(404, "not_found"), problem(404, "not_found"));
      await expect(vidferry.downloads.get("job_1").withResponse()).rejects.toMatchObject({ requestId: "req_1" });
      await expect(vidferry.downloads.get("job_1")).rejects.toMatchObject({ requestId: "req_1" });
      await new Promise((resolve) => setTimeout(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });
});
