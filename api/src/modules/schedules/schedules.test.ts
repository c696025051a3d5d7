import { describe, expect, test } from "bun:test";
import { AppError, type ScheduleResource, type Scope } from "@vidferry/core";
import { type Auth, createOpenAuth } from "../../auth/auth.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { idOf } from "../../testing/samples.ts";

/** Keys are the owner's name and the scopes. */
const auth: Auth = {
  ...createOpenAuth(),
  mode: "keys",
  authenticate: async ({ headers }) => {
    const [owner, ...scopes] = headers.get("x-api-key")?.split(" ") ?? [];
    if (owner === undefined) throw new AppError("unauthorized");
    return { owner, scopes: scopes as Scope[], keyId: idOf("key", 1), secretHash: null };
  },
};

const url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
const daily = { name: "daily", cron: "0 6 * * *", timeZone: "Europe/Berlin", download: { url } };

function start() {
  const { app, service } = createHarness({ auth });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    await app.request(`/api/v1${path}`, {
      method,
      headers: {
        "x-api-key": "ada downloads:read downloads:write",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const create = async (body: object = daily) => {
    const response = await call("POST", "/schedules", body);
    expect(response.status).toBe(201);
    const schedule = (await response.json()) as ScheduleResource;
    expect(response.headers.get("location")).toBe(`/api/v1/schedules/${schedule.id}`);
    return schedule;
  };
  return { service, call, create };
}

describe("schedules", () => {
  test("are made with their next five times, found, and listed page by page", async () => {
    const { call, create } = start();
    const schedule = await create();
    expect(schedule).toMatchObject({
      ...{ name: "daily", state: "active", runAt: null, cron: "0 6 * * *", timeZone: "Europe/Berlin" },
      ...{ download: { url, priority: "normal" }, lastRunAt: null, lastResult: null, feed: null },
    });
    expect(schedule.upcoming).toHaveLength(5);
    expect(schedule.nextRunAt).toBe(schedule.upcoming[0] ?? null);
    const found = await call("GET", `/schedules/${schedule.id}`);
    expect(await found.json()).toEqual(schedule);
    const tag = found.headers.get("etag") ?? "";
    expect((await call("GET", `/schedules/${schedule.id}`, undefined, { "if-none-match": tag })).status).toBe(304);
    await create();
    await create();
    const page = async (query: string) =>
      (await (await call("GET", `/schedules?${query}`)).json()) as {
        data: ScheduleResource[];
        nextCursor: string | null;
      };
    const first = await page("limit=2");
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    expect([first.data.length, second.data.length, second.nextCursor]).toEqual([2, 1, null]);
    expect(second.data).toEqual([schedule]);
    expect((await page("state=paused")).data).toEqual([]);
    await expectProblem(
      await call("GET", `/schedules?state=active&cursor=${first.nextCursor}`),
      422,
      "invalid_request",
    );
  });

  test("name the field that is refused", async () => {
    const { call } = start();
    for (const [change, path] of [
      [{ cron: undefined }, "/cron"],
      [{ runAt: "2099-01-01T00:00:00Z" }, "/runAt"],
      [{ cron: undefined, runAt: "2020-01-01T00:00:00Z" }, "/runAt"],
      [{ cron: undefined, runAt: "tomorrow" }, "/runAt"],
      [{ cron: "0 0 30 2 *" }, "/cron"],
      [{ cron: "* * * * * *" }, "/cron"],
      [{ timeZone: "Mars/Olympus" }, "/timeZone"],
      [{ name: "" }, "/name"],
      [{ download: undefined }, "/download"],
      [{ download: { url, output: { type: "picture" } } }, "/download/output/type"],
      [{ download: { url, scheduledFor: "2099-01-01T00:00:00Z" } }, "/download/scheduledFor"],
      [{ every: "day" }, "/every"],
    ] as const) {
      const problem = await expectProblem(
        await call("POST", "/schedules", { ...daily, ...change }),
        422,
        "invalid_request",
      );
      expect({ change, path: problem.errors?.[0]?.path }).toEqual({ change, path });
    }
    const elsewhere = { ...daily, download: { url: "https://example.com/video" } };
    await expectProblem(await call("POST", "/schedules", elsewhere), 422, "host_not_allowed");
  });

  test("are made once for each idempotency key, and run once", async () => {
    const { call, create, service } = start();
    const answers = [];
    for (let count = 0; count < 2; count += 1) {
      answers.push(await (await call("POST", "/schedules", daily, { "idempotency-key": "k1" })).json());
    }
    expect(answers[1]).toEqual(answers[0]);
    const { id } = await create();
    for (let count = 0; count < 2; count += 1) {
      const response = await call("POST", `/schedules/${id}/run`, undefined, { "idempotency-key": "k2" });
      expect(response.status).toBe(202);
    }
    const jobs = await service.database.jobs.list({ owner: "ada", limit: 10 });
    expect(jobs.map(({ scheduleId }) => scheduleId as string)).toEqual([id]);
    const after = (await (await call("GET", `/schedules/${id}`)).json()) as ScheduleResource;
    expect(after.lastResult).toEqual({ jobId: jobs[0]?.id ?? null, batchId: null, new: 1, error: null });
  });

  test("are changed, paused, resumed and deleted", async () => {
    const { call, create } = start();
    const { id } = await create();
    const change = async (body: object) => (await (await call("PATCH", `/schedules/${id}`, body)).json()) as object;
    expect(await change({ name: "other", download: { url, output: { type: "audio" } } })).toMatchObject({
      name: "other",
      cron: daily.cron,
      download: { output: { type: "audio", format: "best" } },
    });
    expect(await change({ runAt: "2099-01-01T01:00:00+01:00" })).toMatchObject({
      ...{ runAt: "2099-01-01T00:00:00.000Z", cron: null, upcoming: ["2099-01-01T00:00:00.000Z"] },
    });
    await expectProblem(
      await call("PATCH", `/schedules/${id}`, { runAt: "2099-01-01T00:00:00Z", cron: "0 0 * * *" }),
      422,
      "invalid_request",
    );
    const move = async (name: string) => await call("POST", `/schedules/${id}/${name}`);
    expect(await (await move("pause")).json()).toMatchObject({ state: "paused", nextRunAt: null, upcoming: [] });
    await expectProblem(await move("pause"), 409, "invalid_state");
    expect(await (await move("resume")).json()).toMatchObject({ state: "active" });
    await expectProblem(await move("resume"), 409, "invalid_state");
    expect((await call("DELETE", `/schedules/${id}`)).status).toBe(204);
    await expectProblem(await call("GET", `/schedules/${id}`), 404, "not_found");
  });

  test("are seen and changed by their owner alone, with the scopes of downloads", async () => {
    const { call, create } = start();
    const { id } = await create();
    for (const [method, path, body] of [
      ["GET", `/schedules/${id}`],
      ["PATCH", `/schedules/${id}`, { name: "mine" }],
      ["DELETE", `/schedules/${id}`],
      ["POST", `/schedules/${id}/run`],
      ["POST", `/schedules/${id}/pause`],
      ["POST", `/schedules/${id}/resume`],
    ] as const) {
      const bob = { "x-api-key": "bob downloads:read downloads:write" };
      await expectProblem(await call(method, path, body, bob), 404, "not_found");
      const scope = method === "GET" ? "downloads:write" : "downloads:read";
      await expectProblem(await call(method, path, body, { "x-api-key": `ada ${scope}` }), 403, "forbidden");
    }
    expect(await (await call("GET", "/schedules/nothing")).status).toBe(404);
  });
});
