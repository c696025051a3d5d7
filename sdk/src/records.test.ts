import { describe, expect, test } from "bun:test";
import { json, type Step, scriptedFetch } from "./testing/scripted-fetch.ts";
import { Vidferry } from "./vidferry.ts";

function withAnswers(...steps: readonly Step[]) {
  const { fetch, sent } = scriptedFetch(...steps);
  return { records: new Vidferry({ baseUrl: "http://service.test", fetch }).records, sent };
}

describe("records", () => {
  test("are asked for with what the caller wants to know", async () => {
    const { records, sent } = withAnswers(
      json({ data: [] }),
      json({ lanes: {} }),
      json({ data: [] }),
      json({ inUse: "settings" }),
      json({ storedBytes: 7 }),
    );
    await records.stats({ by: "host", owner: "*" });
    await records.queue();
    expect(await records.workers()).toEqual([]);
    expect((await records.engines()).inUse).toBe("settings");
    expect((await records.storage()).storedBytes).toBe(7);
    expect(sent.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)).toEqual([
      "GET /api/v1/stats?by=host&owner=*",
      "GET /api/v1/queue",
      "GET /api/v1/workers",
      "GET /api/v1/engines",
      "GET /api/v1/storage",
    ]);
  });

  test("that are lists go through all pages, or come as one file", async () => {
    const page = (name: string, nextCursor: string | null) => json({ data: [{ jobId: name }], nextCursor });
    const { records, sent } = withAnswers(page("a", "next"), page("b", null), () => new Response("jobId\r\n"));
    const seen: string[] = [];
    for await (const { jobId } of records.history({ owner: "ada" })) seen.push(jobId);
    expect(seen).toEqual(["a", "b"]);
    expect(await (await records.historyFile({ owner: "ada" })).text()).toBe("jobId\r\n");
    expect(sent.map(({ url }) => url.search)).toEqual([
      "?owner=ada",
      "?owner=ada&cursor=next",
      "?owner=ada&format=csv",
    ]);
  });

  test("name the worker that is to drain", async () => {
    const { records, sent } = withAnswers(json({ id: "wrk_1" }, 202));
    await records.drainWorker("wrk_1");
    expect(sent.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual(["POST /api/v1/workers/wrk_1/drain"]);
  });

  test("say how much is to be logged", async () => {
    const { records, sent } = withAnswers(json({ level: "debug" }, 202));
    await records.setLogLevel("debug");
    expect(sent.map(({ method, url, body }) => [method, url.pathname, body])).toEqual([
      ["PUT", "/api/v1/log-level", '{"level":"debug"}'],
    ]);
  });
});
