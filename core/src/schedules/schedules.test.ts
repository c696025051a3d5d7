import { describe, expect, test } from "bun:test";
import { createHeldClock, createServiceFixture, type HeldClock, roomyLimits } from "@vidferry/testing";
import { memoryStore } from "../adapters/memory/index.ts";
import { sqliteStore } from "../adapters/sql/sqlite/index.ts";
import type { Actor } from "../audit/audit.ts";
import type { Batch } from "../batches/batch.ts";
import { BatchRequest } from "../batches/batch-request.ts";
import { expandBatch } from "../batches/expand-batch.ts";
import { settleBatches } from "../batches/manage-batch.ts";
import type { Database, Repositories } from "../database/database.ts";
import type { AttemptDeps } from "../dependencies.ts";
import { AppError, isAppError } from "../errors/app-error.ts";
import { DownloadRequest } from "../jobs/request.ts";
import { runDueSchedules } from "../maintenance/due-schedules.ts";
import type { ProbeLink } from "../pipeline/downloader.ts";
import { runAttempt } from "../pipeline/run-attempt.ts";
import { defaultHostPolicy } from "../sources/source-url.ts";
import { scheduleArchive } from "./archive.ts";
import { scheduleOutcomes } from "./batch-outcomes.ts";
import {
  changeSchedule,
  createSchedule,
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  type SchedulePolicy,
} from "./manage-schedules.ts";
import { toScheduleResource } from "./resource.ts";
import { defaultScheduleLimits } from "./rule.ts";
import { runScheduleNow } from "./run-schedule.ts";
import type { Schedule } from "./schedule.ts";
import type { ScheduleInput } from "./schedule-input.ts";

const hour = 3_600_000;
const by: Actor = { via: "api", owner: "ada", keyId: null, requestId: "req_1" };
const policy: SchedulePolicy = {
  submit: { hosts: defaultHostPolicy, maxAttempts: 3 },
  schedules: defaultScheduleLimits,
};
const url = "https://www.youtube.com/watch?v=aaaaaaaaaaa";
const hourly: ScheduleInput = {
  ...{ name: "hourly", runAt: null, cron: "0 * * * *", timeZone: "UTC" },
  download: DownloadRequest.parse({ url }),
};
const signal = new AbortController().signal;

async function start(overrides: Partial<AttemptDeps> = {}) {
  const clock = createHeldClock();
  const fixture = await createServiceFixture({}, { clock, ...overrides });
  const { deps } = fixture;
  // To just before a full hour.
  clock.advance(hour - (clock.now().getTime() % hour) - 60_000);
  const create = async (input: Partial<ScheduleInput> = {}): Promise<Schedule> => {
    const written = await createSchedule(deps, policy, "ada", { ...hourly, ...input }, by, null);
    if (written.kind !== "written") throw new Error("it was there before");
    return written.value;
  };
  const get = async ({ id }: Schedule): Promise<Schedule> => {
    const schedule = await deps.database.schedules.get(id, null);
    if (schedule === null) throw new Error("it is gone");
    return schedule;
  };
  const run = () => runDueSchedules(deps, policy.submit, 2, signal);
  const jobs = () => deps.database.jobs.list({ owner: null, limit: 100 });
  return { fixture, deps, clock, create, get, run, jobs };
}

/** The code and the fields that a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<object | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code, fields: error.fields.map(({ path }) => path) };
  }
}

describe("a schedule that is due", () => {
  test("makes its job once, and moves on to its next time", async () => {
    const { fixture, clock, create, get, run, jobs } = await start();
    await using _ = fixture;
    const schedule = await create({ download: DownloadRequest.parse({ url, labels: { a: "b" }, priority: "high" }) });
    expect(await run()).toBe(0);
    clock.advance(2 * 60_000);
    expect(await run()).toBe(1);
    expect(await run()).toBe(0);
    const [job, ...more] = await jobs();
    expect(more).toEqual([]);
    expect(job).toMatchObject({ owner: "ada", scheduleId: schedule.id, labels: { a: "b" }, priority: "high" });
    const after = await get(schedule);
    expect(after).toMatchObject({ state: "active", lastRunAt: clock.now(), lastDueAt: schedule.nextRunAt });
    expect(after.lastResult).toEqual({ jobId: job?.id ?? null, batchId: null, new: 1, error: null });
    expect(Number(after.nextRunAt)).toBe(Number(schedule.nextRunAt) + hour);
  });

  test("was given its first time by the store's clock, whatever that of the API says", async () => {
    const storeClock = createHeldClock();
    storeClock.advance(hour - (storeClock.now().getTime() % hour) - 60_000);
    for (const aheadMs of [150_000, -150_000]) {
      const clock = createHeldClock();
      clock.advance(storeClock.now().getTime() - clock.now().getTime() + aheadMs);
      await using fixture = await createServiceFixture({}, { clock, database: memoryStore({ clock: storeClock }) });
      const make = (rule: Partial<ScheduleInput>) =>
        createSchedule(fixture.deps, policy, "ada", { ...hourly, ...rule }, by, null);
      const full = new Date(storeClock.now().getTime() + 60_000);
      expect(await make({})).toMatchObject({ value: { nextRunAt: full, state: "active" } });
      expect(await make({ runAt: full, cron: null })).toMatchObject({ value: { nextRunAt: full } });
      const past = new Date(storeClock.now().getTime() - 60_000);
      expect(await refusal(make({ runAt: past, cron: null }))).toEqual({ code: "invalid_request", fields: ["/runAt"] });
      expect(await fixture.deps.database.schedules.list({ owner: "ada", limit: 10 })).toHaveLength(2);
    }
  });

  test("makes one run for all that it missed", async () => {
    const { fixture, clock, create, get, run, jobs } = await start();
    await using _ = fixture;
    const schedule = await create();
    clock.advance(5.5 * hour);
    expect(await run()).toBe(1);
    expect(await run()).toBe(0);
    expect(await jobs()).toHaveLength(1);
    const { nextRunAt } = await get(schedule);
    expect(Number(nextRunAt)).toBe(Number(schedule.nextRunAt) + 6 * hour);
    expect(Number(nextRunAt)).toBeGreaterThan(Number(clock.now()));
  });

  test("makes its video anew each time, although what it made before is kept", async () => {
    const { fixture, clock, create, run, jobs } = await start();
    await using _ = fixture;
    await create();
    const maxAgeMs = 24 * hour;
    const reuse = { scope: "owner", maxAgeMs, joins: true } as const;
    const attempt = { leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal, reuse };
    for (const times of [1, 2]) {
      clock.advance(times === 1 ? 120_000 : hour);
      expect(await run()).toBe(1);
      const [job] = await jobs();
      if (job === undefined) throw new Error("it made no job");
      await runAttempt(fixture.deps, await fixture.claim(job), attempt);
      expect((await jobs())[0]).toMatchObject({ state: "succeeded", reusedFrom: null });
    }
    expect(fixture.engine.calls.fetch).toBe(2);
  });

  test("is finished after its only time", async () => {
    const { fixture, deps, clock, create, get, run, jobs } = await start();
    await using _ = fixture;
    const runAt = new Date(clock.now().getTime() + 10_000);
    const schedule = await create({ cron: null, runAt });
    expect(toScheduleResource(schedule, deps.calendar)).toMatchObject({ upcoming: [runAt.toISOString()] });
    clock.advance(10_000);
    expect(await run()).toBe(1);
    expect(await get(schedule)).toMatchObject({ state: "finished", nextRunAt: null });
    clock.advance(24 * hour);
    expect(await run()).toBe(0);
    expect(await jobs()).toHaveLength(1);
  });

  test("keeps what refused it, tells webhooks, and goes on", async () => {
    const { fixture, deps, clock, create, get, run, jobs } = await start();
    await using _ = fixture;
    await deps.database.accounts.limit("ada", { queuedJobs: 0 });
    const id = `whk_${"0".repeat(31)}1` as const;
    const fresh = { id, url: "https://hooks.example.com/", description: "", secrets: [] };
    await deps.database.webhooks.insert({ ...fresh, owner: "ada", events: ["schedule.failed"] });
    const schedule = await create();
    clock.advance(2 * 60_000);
    expect(await run()).toBe(1);
    expect(await jobs()).toEqual([]);
    const after = await get(schedule);
    expect(after).toMatchObject({
      state: "active",
      lastResult: { jobId: null, new: 0, error: { code: "quota_exceeded" } },
    });
    expect(Number(after.nextRunAt)).toBe(Number(schedule.nextRunAt) + hour);
    const [delivery, ...others] = await deps.database.deliveries.list(id, 10);
    expect(others).toEqual([]);
    expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
      type: "schedule.failed",
      data: { schedule: { id: schedule.id, lastResult: { error: { code: "quota_exceeded" } } }, trimmed: [] },
    });
    await deps.database.accounts.limit("ada", { queuedJobs: 5 });
    clock.advance(hour);
    expect(await run()).toBe(1);
    expect(await jobs()).toHaveLength(1);
    expect((await get(schedule)).lastResult).toMatchObject({ new: 1, error: null });
  });

  test("is refused by a host that was closed since, and delays no other", async () => {
    const { fixture, deps, clock, create, get, jobs } = await start();
    await using _ = fixture;
    const [one, other] = [await create(), await create()];
    clock.advance(2 * 60_000);
    await runDueSchedules(deps, { hosts: { allowedHosts: [], allowPrivateHosts: [] }, maxAttempts: 3 }, 10, signal);
    for (const schedule of [one, other]) expect((await get(schedule)).lastResult?.error?.code).toBe("host_not_allowed");
    expect(await jobs()).toEqual([]);
  });

  test("runs once of two processes at the same time", async () => {
    const { fixture, clock, create, deps, jobs } = await start();
    await using _ = fixture;
    for (let count = 0; count < 7; count += 1) await create();
    clock.advance(2 * 60_000);
    const leaders = Array.from({ length: 3 }, () => runDueSchedules(deps, policy.submit, 2, signal));
    expect((await Promise.all(leaders)).reduce((sum, ran) => sum + ran, 0)).toBe(7);
    expect(await jobs()).toHaveLength(7);
  });
});

describe("a schedule of a list", () => {
  const batch = BatchRequest.parse({ source: { url: "https://www.youtube.com/@sample" } });

  test("makes a batch of what it has not taken before, once", async () => {
    const { fixture, deps, clock, create, get, run } = await start();
    await using _ = fixture;
    const schedule = await create({ download: null, batch });
    expect(schedule).toMatchObject({ download: null, onlyNew: true });
    clock.advance(2 * 60_000);
    expect(await run()).toBe(1);
    expect(await run()).toBe(0);
    const [made, ...more] = await deps.database.batches.list({ owner: "ada", limit: 10 });
    expect(more).toEqual([]);
    expect(made).toMatchObject({ scheduleId: schedule.id, onlyNew: true });
    expect((await get(schedule)).lastResult).toMatchObject({ batchId: made?.id ?? "", jobId: null, error: null });
    const entry = { key: url, position: 0, url, title: null, skipped: null };
    const archive = scheduleArchive(defaultHostPolicy);
    const take = () => deps.database.transaction((tx) => archive.take(tx, made as Batch, [entry]));
    expect(await take()).toEqual([entry]);
    expect(await take()).toEqual([]);
  });

  test("tells of its batch how many were new, and why the list could not be read, webhooks too", async () => {
    const { fixture, deps, clock, create, get, run } = await start();
    await using _ = fixture;
    const { database } = deps;
    const id = `whk_${"0".repeat(31)}1` as const;
    const fresh = { id, url: "https://hooks.example.com/", description: "", secrets: [] };
    await database.webhooks.insert({ ...fresh, owner: "ada", events: ["schedule.failed"] });
    const schedule = await create({ download: null, batch });
    const outcomes = scheduleOutcomes(deps);
    const options = { leaseMs: 30_000, hosts: defaultHostPolicy, signal, archive: scheduleArchive(defaultHostPolicy) };
    const expand = async (probe: ProbeLink): Promise<void> => {
      const claimed = await database.batches.claim(30_000);
      if (claimed !== null) await expandBatch(deps, claimed, { ...options, outcomes, probe });
    };
    const listing = (ids: readonly string[]): ProbeLink => {
      const entries = ids.map((video) => ({
        ...{ kind: "video" as const, id: video, url: `https://www.youtube.com/watch?v=${video}`, title: null },
        ...{ durationSeconds: null, uploadedAt: null, unavailable: null },
      }));
      const list = {
        kind: "playlist" as const,
        id: "UC",
        title: "A channel",
        channel: null,
        webpageUrl: url,
        count: null,
      };
      return async () => ({ ...list, entries, nextCursor: null });
    };

    clock.advance(2 * 60_000);
    await run();
    expect((await get(schedule)).lastResult).toMatchObject({ new: null, error: null });
    await expand(listing(["aaaaaaaaaaa", "bbbbbbbbbbb"]));
    expect((await get(schedule)).lastResult).toMatchObject({ new: 2, error: null });

    clock.advance(hour);
    await run();
    await expand(listing(["ccccccccccc", "aaaaaaaaaaa", "bbbbbbbbbbb"]));
    const second = (await get(schedule)).lastResult;
    expect(second).toMatchObject({ new: 1, error: null });
    // The end of the first batch, which is not the latest run's, changes nothing.
    const children = await deps.database.jobs.list({ owner: "ada", scheduleId: schedule.id, limit: 10 });
    for (const child of children) await database.jobs.move(child.id, "ada", "cancel");
    expect(await settleBatches(deps, 10, outcomes)).toBe(2);
    expect((await get(schedule)).lastResult).toEqual(second);
    expect(await database.deliveries.list(id, 10)).toEqual([]);

    clock.advance(hour);
    await run();
    await expand(async () => {
      throw new AppError("playlist_empty");
    });
    expect((await get(schedule)).lastResult).toMatchObject({ error: null });
    expect(await settleBatches(deps, 10, outcomes)).toBe(1);
    const failed = await get(schedule);
    expect(failed).toMatchObject({ state: "active", lastResult: { new: 0, error: { code: "playlist_empty" } } });
    expect(await settleBatches(deps, 10, outcomes)).toBe(0);
    const [told, ...more] = await database.deliveries.list(id, 10);
    expect(more).toEqual([]);
    expect(JSON.parse(told?.body ?? "")).toMatchObject({
      type: "schedule.failed",
      data: { schedule: { id: schedule.id, lastResult: { error: { code: "playlist_empty" } } } },
    });
  });

  test("is one of a list or of a download, and of new entries only where there can be any", async () => {
    const { fixture, create } = await start();
    await using _ = fixture;
    expect(await refusal(create({ batch }))).toMatchObject({ fields: ["/batch"] });
    expect(await refusal(create({ download: null }))).toMatchObject({ fields: ["/download"] });
    expect(await refusal(create({ onlyNew: true }))).toMatchObject({ fields: ["/onlyNew"] });
    const links = BatchRequest.parse({ urls: [url] });
    expect(await create({ download: null, batch: links })).toMatchObject({ onlyNew: false });
  });
});

describe("the clock", () => {
  test("that is set back does not make a run again", async () => {
    const { fixture, clock, create, get, run, jobs } = await start();
    await using _ = fixture;
    const schedule = await create();
    clock.advance(2 * 60_000);
    await run();
    clock.advance(-hour);
    for (let minutes = 0; minutes < 120; minutes += 5) {
      await run();
      if (Number(clock.now()) > Number(schedule.nextRunAt) + 10 * 60_000) break;
      clock.advance(5 * 60_000);
    }
    expect(await jobs()).toHaveLength(1);
    expect(Number((await get(schedule)).nextRunAt)).toBe(Number(schedule.nextRunAt) + hour);
  });

  test("that was a month ahead for a while leaves no schedule standing still", async () => {
    const { fixture, clock, create, get, run, jobs } = await start();
    await using _ = fixture;
    const schedule = await create();
    clock.advance(30 * 24 * hour);
    await run();
    expect(await jobs()).toHaveLength(1);
    clock.advance(-30 * 24 * hour);
    await run();
    // The run that was due in a minute was made, with the wrong clock.
    expect(Number((await get(schedule)).nextRunAt)).toBe(Number(schedule.nextRunAt) + hour);
    await run();
    clock.advance(2 * 60_000 + hour);
    await run();
    expect(await jobs()).toHaveLength(2);
  });
});

/** The database, of which a process dies before or after its nth call within transactions. */
function dyingAt(store: Database, call: number, when: "before" | "after"): { database: Database; died(): boolean } {
  let [calls, dead] = [0, false];
  const die = (): never => {
    dead = true;
    throw new Error("killed");
  };
  const within = (tx: Repositories): Repositories =>
    new Proxy(tx, {
      get: (target, name) =>
        new Proxy(Reflect.get(target, name) as object, {
          get:
            (repository, method) =>
            async (...args: unknown[]) => {
              calls += 1;
              if (calls === call && when === "before") die();
              const answer = await (Reflect.get(repository, method) as (...args: unknown[]) => unknown)(...args);
              if (calls === call) die();
              return answer;
            },
        }),
    });
  const transaction: Database["transaction"] = (run) => {
    if (dead) return Promise.reject(new Error("a process that died does nothing"));
    return store.transaction((tx) => run(within(tx)));
  };
  return { database: { ...store, transaction }, died: () => dead };
}

describe("a process that dies between any two statements of a run", () => {
  for (const name of ["memory", "SQLite"] as const) {
    test(`leaves it undone or done, and the next one makes it once (${name})`, async () => {
      let died = 0;
      for (const [call, when] of [1, 2, 3, 4, 5, 6].flatMap(
        (n) =>
          [
            [n, "before"],
            [n, "after"],
          ] as const,
      )) {
        const clock: HeldClock = createHeldClock();
        const sqlite = name === "SQLite" ? sqliteStore({ path: ":memory:", clock }) : null;
        await sqlite?.migrate();
        const { fixture, deps, create, get, run, jobs } = await start({ clock, ...(sqlite && { database: sqlite }) });
        await using _ = fixture;
        const schedule = await create();
        clock.advance(hour);
        const dying = dyingAt(deps.database, call, when);
        await runDueSchedules({ ...deps, database: dying.database }, policy.submit, 10, signal).catch(() => 0);
        if (dying.died()) died += 1;
        await run();
        await run();
        expect({ call, when, jobs: (await jobs()).length }).toEqual({ call, when, jobs: 1 });
        expect(await get(schedule)).toMatchObject({ lastResult: { new: 1, error: null } });
        expect(Number((await get(schedule)).nextRunAt)).toBeGreaterThan(Number(clock.now()));
      }
      expect(died).toBeGreaterThan(4);
    });
  }
});

describe("a schedule", () => {
  test("is refused when its time is over, never comes, comes too often, or is no time", async () => {
    const { fixture, deps, clock, create } = await start();
    await using _ = fixture;
    const bad = (input: Partial<ScheduleInput>) => refusal(create(input));
    const cron = { code: "invalid_request", fields: ["/cron"] };
    expect(await bad({ cron: null, runAt: clock.now() })).toEqual({ code: "invalid_request", fields: ["/runAt"] });
    for (const pattern of [
      ...["0 0 30 2 *", "0 0 31 4,6,9,11 *", "* * * * * *", "*/30 * * * * *", "0,30 0 0 * * *"],
      ...[
        "",
        "every day",
        "60 * * * *",
        "* * * *",
        "1 2 3 4 5 6 2027",
        "2099-01-01T00:00:00",
        "@reboot",
        "@never",
        "0 0 L#9 * *",
      ],
    ])
      expect({ pattern, ...(await bad({ cron: pattern })) }).toEqual({ pattern, ...cron });
    for (const timeZone of ["Nowhere/City", "+01:00", "", "Europe/Berlin; drop"])
      expect(await bad({ timeZone })).toEqual({ code: "invalid_request", fields: ["/timeZone"] });
    expect(await bad({ download: DownloadRequest.parse({ url, scheduledFor: "2099-01-01T00:00:00Z" }) })).toEqual({
      code: "invalid_request",
      fields: ["/download/scheduledFor"],
    });
    expect(await bad({ download: DownloadRequest.parse({ url: "https://example.com/" }) })).toMatchObject({
      code: "host_not_allowed",
    });
    expect(await deps.database.schedules.count("ada", 10)).toBe(0);
    for (const pattern of ["* * * * *", "@daily", "0 0 29 2 *", "0 6 * * MON-FRI"])
      expect(await bad({ cron: pattern })).toBeNull();
  });

  test("runs as often as the operator allows, and there are no more than that", async () => {
    const { fixture, deps } = await start();
    await using _ = fixture;
    const strict = { ...policy, schedules: { shortestPauseMs: hour, mostOfOwner: 1 } };
    const create = (cron: string) => createSchedule(deps, strict, "ada", { ...hourly, cron }, by, null);
    expect(await refusal(create("*/30 * * * *"))).toMatchObject({ fields: ["/cron"] });
    expect(await refusal(create("0,59 0,23 * * *"))).toMatchObject({ fields: ["/cron"] });
    expect(await refusal(create("0 * * * *"))).toBeNull();
    expect(await refusal(create("0 * * * *"))).toMatchObject({ code: "quota_exceeded" });
  });

  test("shows its next five times, by the clocks of its zone", async () => {
    const { fixture, deps, create } = await start();
    await using _ = fixture;
    const schedule = await create({ cron: "30 2 * * *", timeZone: "Europe/Berlin" });
    const { upcoming, nextRunAt } = toScheduleResource(schedule, deps.calendar);
    expect(upcoming).toHaveLength(5);
    expect(upcoming[0]).toBe(nextRunAt ?? "");
  });

  test("that is paused misses its times for good, and goes on when it is resumed", async () => {
    const { fixture, deps, clock, create, get, run, jobs } = await start();
    await using _ = fixture;
    const schedule = await create();
    const { id } = schedule;
    await pauseSchedule(deps, id, "ada", by, null);
    expect(toScheduleResource(await get(schedule), deps.calendar)).toMatchObject({ state: "paused", upcoming: [] });
    expect(await refusal(pauseSchedule(deps, id, "ada", by, null))).toMatchObject({ code: "invalid_state" });
    clock.advance(3 * hour);
    await run();
    await resumeSchedule(deps, id, "ada", by, null);
    expect(await refusal(resumeSchedule(deps, id, "ada", by, null))).toMatchObject({ code: "invalid_state" });
    await run();
    expect(await jobs()).toEqual([]);
    clock.advance(hour);
    await run();
    expect(await jobs()).toHaveLength(1);
  });

  test("whose only time passed while it was paused is not resumed without another", async () => {
    const { fixture, deps, clock, create, get } = await start();
    await using _ = fixture;
    const schedule = await create({ cron: null, runAt: new Date(clock.now().getTime() + 1_000) });
    await pauseSchedule(deps, schedule.id, "ada", by, null);
    clock.advance(hour);
    expect(await refusal(resumeSchedule(deps, schedule.id, "ada", by, null))).toMatchObject({ code: "invalid_state" });
    await changeSchedule(deps, policy, schedule.id, "ada", { cron: "0 * * * *" }, by);
    expect(await get(schedule)).toMatchObject({ state: "paused", runAt: null, nextRunAt: null });
    await resumeSchedule(deps, schedule.id, "ada", by, null);
    expect(await get(schedule)).toMatchObject({ state: "active", nextRunAt: expect.any(Date) });
  });

  test("that changes its time begins anew, also when it was finished", async () => {
    const { fixture, deps, clock, create, get, run, jobs } = await start();
    await using _ = fixture;
    const schedule = await create({ cron: null, runAt: new Date(clock.now().getTime() + 1_000) });
    clock.advance(hour);
    await run();
    const change = (edit: Partial<ScheduleInput>) => changeSchedule(deps, policy, schedule.id, "ada", edit, by);
    expect(await change({ name: "other" })).toMatchObject({ name: "other", state: "finished" });
    expect(await refusal(change({ timeZone: "Europe/Berlin" }))).toMatchObject({ fields: ["/runAt"] });
    expect(await change({ cron: "30 * * * *" })).toMatchObject({ state: "active", runAt: null, cron: "30 * * * *" });
    clock.advance(hour);
    await run();
    expect(await jobs()).toHaveLength(2);
    const runAt = new Date(clock.now().getTime() + hour);
    expect(await change({ runAt })).toMatchObject({ runAt, cron: null, nextRunAt: runAt });
    expect(await refusal(change({ cron: "0 0 30 2 *" }))).toMatchObject({ fields: ["/cron"] });
    expect((await get(schedule)).nextRunAt).toEqual(runAt);
  });

  test("runs now beside its times, and tells whoever asks what refuses it", async () => {
    const { fixture, deps, create, get, jobs } = await start();
    await using _ = fixture;
    const schedule = await create();
    await pauseSchedule(deps, schedule.id, "ada", by, null);
    const command = { id: schedule.id, owner: "ada", by, requestId: "req_1" };
    await runScheduleNow(deps, policy.submit, command, null);
    const [job] = await jobs();
    expect(job).toMatchObject({ scheduleId: schedule.id, requestId: "req_1" });
    expect(await get(schedule)).toMatchObject({
      state: "paused",
      lastResult: { jobId: job?.id, new: 1 },
      lastDueAt: null,
    });
    await deps.database.accounts.limit("ada", { queuedJobs: 0 });
    expect(await refusal(runScheduleNow(deps, policy.submit, command, null))).toMatchObject({ code: "quota_exceeded" });
    expect((await get(schedule)).lastResult).toMatchObject({ jobId: job?.id, error: null });
    expect(await refusal(runScheduleNow(deps, policy.submit, { ...command, owner: "bob" }, null))).toMatchObject({
      code: "not_found",
    });
  });

  test("that is deleted leaves its jobs", async () => {
    const { fixture, deps, clock, create, run, jobs } = await start();
    await using _ = fixture;
    const { id } = await create();
    clock.advance(hour);
    await run();
    await removeSchedule(deps, id, "ada", by);
    expect(await refusal(removeSchedule(deps, id, "ada", by))).toMatchObject({ code: "not_found" });
    expect(await jobs()).toHaveLength(1);
    const actions = (await deps.database.audit.list({ limit: 10 })).map(({ action }) => action).sort();
    expect(actions).toEqual(["schedule.created", "schedule.deleted"]);
  });
});
