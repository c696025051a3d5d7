import { describe, expect, test } from "bun:test";
import { AppError, localOwner } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { aborted } from "../../testing/fake-service.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { createStack } from "../../testing/stack.ts";
import { ProbeResult } from "./schemas.ts";

const url = "https://youtu.be/dQw4w9WgXcQ";

describe("POST /probe", () => {
  test("shows what a link offers", async () => {
    const { send } = createHarness();
    const response = await send("POST", "/api/v1/probe", { url });
    expect(response.status).toBe(200);
    expect(ProbeResult.parse(await response.json())).toMatchObject({ kind: "video", media: { title: "A title" } });
  });

  test("shows the entries of a playlist, the page that was asked for", async () => {
    const { send, service } = createHarness();
    let asked: object = {};
    service.probe = async (link, { signal: _, ...page }) => {
      asked = page;
      const entries = [
        {
          kind: "video" as const,
          id: "a",
          url: link,
          title: null,
          durationSeconds: null,
          uploadedAt: null,
          unavailable: null,
        },
      ];
      const list = { kind: "playlist" as const, id: "PL1", title: "T", channel: null, webpageUrl: link, count: null };
      return { ...list, entries, nextCursor: "15" };
    };
    const body = { url, limit: 5, cursor: "10" };
    const result = ProbeResult.parse(await (await send("POST", "/api/v1/probe", body)).json());
    expect(result).toMatchObject({ kind: "playlist", entries: [{ id: "a" }], nextCursor: "15" });
    expect(asked).toEqual({ limit: 5, cursor: "10", owner: localOwner, holder: localOwner });
  });

  test("goes through the egress that is named, and asks the source where the request says so", async () => {
    const { send, service } = createHarness();
    const asked: object[] = [];
    const { probe } = service;
    service.probe = async (link, options) => {
      const { signal: _, ...rest } = options;
      asked.push(rest);
      return await probe(link, options);
    };
    expect((await send("POST", "/api/v1/probe", { url, egress: "home", reuse: "never" })).status).toBe(200);
    expect(asked).toEqual([{ limit: 100, through: "home", reuse: "never", owner: localOwner, holder: localOwner }]);
  });

  test("shows of a list what a batch would take of it, also from its end", async () => {
    const entries = Array.from({ length: 7 }, (_, index) => ({
      ...{ kind: "video" as const, id: String(index), url, title: `Part ${index}`, durationSeconds: index },
      ...{ uploadedAt: null, unavailable: null },
    }));
    const list = { kind: "playlist" as const, id: "PL1", title: "T", channel: null, webpageUrl: url, count: null };
    await using stack = await createStack(async () => ({ ...list, entries, nextCursor: null }));
    const look = async (body: object) => {
      const answer = await stack.send("POST", "/probe", { url: "https://www.youtube.com/@sample", ...body });
      const page = ProbeResult.parse(await answer.json());
      return page.kind === "playlist" ? [page.entries.map(({ id }) => Number(id)), page.nextCursor] : null;
    };
    expect(await look({ match: { title: "part", minDurationSeconds: 5 } })).toEqual([[5, 6], null]);
    expect(await look({ order: "reverse", limit: 2 })).toEqual([[6, 5], "2"]);
    expect(await look({ order: "reverse", limit: 2, cursor: "2" })).toEqual([[4, 3], "4"]);
    const wrong = { url: "https://www.youtube.com/@sample", order: "reverse", cursor: "x" };
    const problem = await expectProblem(await stack.send("POST", "/probe", wrong), 422, "invalid_request");
    expect(problem.errors).toMatchObject([{ path: "/cursor" }]);
  });

  test.each([
    [{}],
    [{ url, limit: 0 }],
    [{ url, limit: 1001 }],
    [{ url, deep: true }],
    [{ url: "" }],
    [{ url, egress: "" }],
    [{ url, reuse: "always" }],
    [{ url, order: "up" }],
    [{ url, match: { name: "x" } }],
  ])("refuses %j", async (body) => {
    const { send } = createHarness();
    await expectProblem(await send("POST", "/api/v1/probe", body), 422, "invalid_request");
  });

  test("an owner runs no more probes at once than its account allows", async () => {
    const { send, service } = createHarness();
    await service.database.accounts.limit(localOwner, { probes: 1 });
    const probe = service.probe;
    const going = Promise.withResolvers<void>();
    service.probe = async (...asked) => {
      await going.promise;
      return await probe(...asked);
    };
    const first = send("POST", "/api/v1/probe", { url });
    await eventually(async () => (await service.database.accounts.usage(localOwner)).probes === 1);
    await expectProblem(await send("POST", "/api/v1/probe", { url }), 429, "quota_exceeded");
    going.resolve();
    expect((await first).status).toBe(200);
    service.probe = async () => {
      throw new AppError("video_private");
    };
    await eventually(async () => (await service.database.accounts.usage(localOwner)).probes === 0);
    for (let count = 0; count < 3; count += 1) {
      await eventually(async () => (await service.database.accounts.usage(localOwner)).probes === 0);
      await expectProblem(await send("POST", "/api/v1/probe", { url }), 422, "video_private");
    }
  });

  test("passes the source's failure on", async () => {
    const { send, service } = createHarness();
    service.probe = async () => {
      throw new AppError("video_private");
    };
    await expectProblem(await send("POST", "/api/v1/probe", { url }), 422, "video_private");
  });

  test("gives up at its deadline and tells the service to stop", async () => {
    const { send, service } = createHarness({ config: { probeTimeoutMs: 20 } });
    service.probe = async (_, { signal }) => {
      await aborted(signal);
      throw signal.reason;
    };
    await expectProblem(await send("POST", "/api/v1/probe", { url }), 422, "timed_out");
  });

  test("tells the service to stop when the client goes away", async () => {
    const { app, service } = createHarness();
    const client = new AbortController();
    let stopped = false;
    service.probe = async (_, { signal }) => {
      client.abort();
      await aborted(signal);
      stopped = true;
      throw signal.reason;
    };
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ url });
    await app.request("/api/v1/probe", { method: "POST", headers, body, signal: client.signal });
    expect(stopped).toBe(true);
  });
});
