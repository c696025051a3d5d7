import { describe, expect, test } from "bun:test";
import { ApiError } from "./errors.ts";
import { sampleJob } from "./testing/sample-job.ts";
import { json, problem, refused, type Step, scriptedFetch } from "./testing/scripted-fetch.ts";
import { Vidferry } from "./vidferry.ts";

function client(...steps: readonly Step[]) {
  const { fetch, sent } = scriptedFetch(...steps);
  return { downloads: new Vidferry({ baseUrl: "http://service.test", fetch }).downloads, sent };
}

const page = (ids: readonly string[], nextCursor: string | null): Step =>
  json({ data: ids.map((id) => sampleJob({ id })), nextCursor });

describe("the list", () => {
  test("is a page when it is awaited", async () => {
    const { downloads, sent } = client(page(["job_3", "job_2"], "c1"), page(["job_1"], null));
    const first = await downloads.list({
      state: ["queued", "running"],
      labels: { team: "blue", "a.b": "1 2" },
      limit: 2,
    });
    expect(first.data.map(({ id }) => id)).toEqual(["job_3", "job_2"]);
    expect(first.nextCursor).toBe("c1");
    const second = await first.next();
    expect(second?.data.map(({ id }) => id)).toEqual(["job_1"]);
    expect(await second?.next()).toBeNull();
    expect(
      sent.map(({ url }) =>
        Object.fromEntries([...url.searchParams].map(([key]) => [key, url.searchParams.getAll(key)])),
      ),
    ).toEqual([
      { limit: ["2"], state: ["queued", "running"], "label.team": ["blue"], "label.a.b": ["1 2"] },
      { limit: ["2"], state: ["queued", "running"], "label.team": ["blue"], "label.a.b": ["1 2"], cursor: ["c1"] },
    ]);
  });

  test("is every job of all pages when it is iterated, and asks for a page only when it comes to it", async () => {
    const { downloads, sent } = client(page(["job_3"], "c1"), page([], "c2"), page(["job_1"], null));
    const seen: string[] = [];
    const asked: number[] = [];
    for await (const { id } of downloads.list({ cursor: "c0" })) {
      seen.push(id);
      asked.push(sent.length);
    }
    expect(seen).toEqual(["job_3", "job_1"]);
    expect(asked).toEqual([1, 3]);
    expect(sent.map(({ url }) => url.searchParams.get("cursor"))).toEqual(["c0", "c1", "c2"]);
  });

  test("ends with the error of the page that could not be had", async () => {
    const { downloads } = client(page(["job_3"], "c1"), problem(422, "invalid_request"));
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { id } of downloads.list()) seen.push(id);
    })();
    await expect(reading).rejects.toBeInstanceOf(ApiError);
    expect(seen).toEqual(["job_3"]);
  });
});

describe("a change whose first answer was lost", () => {
  test.each(["cancel", "pause", "resume", "retry", "finish"] as const)(
    "%s is asked for again with the same key",
    async (move) => {
      const { downloads, sent } = client(refused, json(sampleJob({ state: "queued" })));
      expect((await downloads[move]("job_1")).state).toBe("queued");
      expect(sent.map(({ method, url }) => `${method} ${url.pathname.split("/").at(-1)}`)).toEqual([
        `POST ${move}`,
        `POST ${move}`,
      ]);
      const [first, second] = sent.map(({ headers }) => headers.get("idempotency-key"));
      expect(first).toMatch(/^[0-9a-f-]{36}$/);
      expect(second).toBe(first ?? "");
    },
  );

  test("a deletion is done when the job is gone", async () => {
    const lost = client(refused, problem(404, "not_found"));
    expect(await lost.downloads.remove("job_1")).toBeUndefined();
    const unknown = client(problem(404, "not_found"));
    await expect(unknown.downloads.remove("job_1")).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("changes", () => {
  const answer = { data: [], done: 0, failed: 0, nextCursor: null, remaining: 0, remainingExact: true };

  test("a job is edited only while it is as it was seen", async () => {
    const { downloads, sent } = client(json(sampleJob()), problem(412, "precondition_failed"));
    await downloads.update("job_1", { labels: { a: "1", b: null }, priority: "high" });
    const late = downloads.update("job_1", { labels: null }, { ifMatch: '"tag"' });
    await expect(late).rejects.toMatchObject({ code: "precondition_failed" });
    expect(sent.map(({ method, headers }) => [method, headers.get("if-match")])).toEqual([
      ["PATCH", null],
      ["PATCH", '"tag"'],
    ]);
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual([
      { labels: { a: "1", b: null }, priority: "high" },
      { labels: null },
    ]);
  });

  test("several jobs are named, or are those of a filter", async () => {
    const { downloads, sent } = client(json(answer), json(answer));
    await downloads.bulk({ action: "cancel", ids: ["job_1"] }, { idempotencyKey: "mine" });
    const batchId = `bat_${"0".repeat(32)}`;
    const filter = {
      state: "failed",
      code: "bot_check",
      batchId,
      labels: { a: "1" },
      finishedAfter: new Date(0),
    } as const;
    expect(await downloads.bulk({ action: "retry", filter, limit: 5, cursor: "c1" })).toEqual(answer);
    expect(sent[0]?.headers.get("idempotency-key")).toBe("mine");
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual([
      { action: "cancel", ids: ["job_1"] },
      {
        action: "retry",
        filter: {
          state: ["failed"],
          code: ["bot_check"],
          batchId,
          labels: { a: "1" },
          finishedAfter: "1970-01-01T00:00:00.000Z",
        },
        limit: 5,
        cursor: "c1",
      },
    ]);
  });

  test("counts take the filters of lists", async () => {
    const { downloads, sent } = client(json({ total: 0, states: {}, exact: true }));
    await downloads.counts({ code: ["bot_check"], labels: { a: "1" }, createdBefore: "2026-01-01T00:00:00Z" });
    expect(sent[0]?.url.pathname).toEndWith("/downloads/counts");
    expect(Object.fromEntries(sent[0]?.url.searchParams ?? [])).toEqual({
      code: "bot_check",
      createdBefore: "2026-01-01T00:00:00Z",
      "label.a": "1",
    });
  });

  test("a create asks the service to wait, and waits that much longer for its answer", async () => {
    const slowly: Step = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      request.signal.throwIfAborted();
      return Response.json(sampleJob({ state: "succeeded" }));
    };
    const { downloads, sent } = client(slowly);
    const { state } = await downloads.create({ url: "https://youtu.be/x" }, { wait: 30, timeoutMs: 1, maxRetries: 0 });
    expect([state, sent[0]?.headers.get("prefer")]).toEqual(["succeeded", "wait=30"]);
  });
});
