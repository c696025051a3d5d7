import { describe, expect, test } from "bun:test";
import { createServiceFixture, eventually, roomyLimits, type ServiceFixture, storeWith } from "@vidferry/testing";
import { memoryEventLog } from "../adapters/memory/event-log.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { runAttempt } from "../pipeline/run-attempt.ts";
import { announce, tell } from "./announce.ts";
import { changeJobs } from "./bulk.ts";
import { compareEventIds, type OwnerEvent } from "./events.ts";
import { type FollowOwnerOptions, followOwner } from "./follow-owner.ts";
import { type Job, localOwner } from "./job.ts";
import { moveJob, removeJob } from "./manage-job.ts";
import { createMissedEvents } from "./missed-events.ts";

interface Reader extends AsyncDisposable {
  readonly seen: OwnerEvent[];
  /** `type state` or `type percent` of what was seen. */
  readonly told: () => string[];
  next(): Promise<OwnerEvent | undefined>;
}

const short = (event: OwnerEvent): string => {
  if (event.type === "job") return `${event.data.state}`;
  return event.type === "progress" ? `${event.data.progress.percent} %` : "snapshot";
};

/** A reader that reads only when it is asked to. */
function reader(fixture: ServiceFixture, options: Partial<FollowOwnerOptions> = {}, backstopMs = 600_000): Reader {
  const leave = new AbortController();
  const deps = { ...fixture.deps, missed: createMissedEvents(fixture.deps, backstopMs) };
  const events = followOwner(deps, localOwner, { lastEventId: null, signal: leave.signal, ...options });
  const seen: OwnerEvent[] = [];
  return {
    seen,
    told: () => seen.map(short),
    next: async () => {
      const { value } = await events.next();
      if (value) seen.push(value);
      return value ?? undefined;
    },
    [Symbol.asyncDispose]: async () => {
      leave.abort();
      await events.return();
    },
  };
}

/** Reads until one is seen. */
async function readTo(one: Reader, wanted: string): Promise<void> {
  while (one.told().at(-1) !== wanted) await one.next();
}

const progress = (fixture: ServiceFixture, job: Job, percent: number) =>
  tell(fixture.deps, job, {
    type: "progress",
    data: { jobId: job.id, attempt: job.attempt, stage: null, progress: { ...job.progress, percent } },
  });

describe("following all jobs of an owner", () => {
  test("starts with the running and waiting jobs, says so, and goes on with whatever happens", async () => {
    await using fixture = await createServiceFixture();
    const [waiting, running, over] = [await fixture.submit(), await fixture.submit(), await fixture.submit()];
    await fixture.claim(running);
    await moveJob(fixture.deps, over.id, null, "cancel");
    await using one = reader(fixture);
    await readTo(one, "snapshot");
    expect(one.seen.map((event) => [event.id, short(event)])).toEqual([
      ["0-1", "running"],
      ["0-2", "queued"],
      [expect.any(String), "snapshot"],
    ]);
    expect(one.seen[1]).toMatchObject({ data: { id: waiting.id } });
    expect(one.seen[2]).toMatchObject({ data: { jobs: 2, complete: true } });
    await moveJob(fixture.deps, waiting.id, null, "pause");
    const later = await fixture.submit();
    await readTo(one, "queued");
    expect(one.told().slice(3)).toEqual(["paused", "queued"]);
    expect(one.seen.at(-1)).toMatchObject({ data: { id: later.id } });
  });

  test("tells that a job was deleted, whatever its state, also to a reader that was away, and no more of it", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const [over, running] = [await fixture.submit(), await fixture.claim(await fixture.submit())];
    await moveJob(deps, over.id, null, "cancel");
    await using one = reader(fixture);
    await readTo(one, "snapshot");
    await using away = reader(fixture, { lastEventId: one.seen.at(-1)?.id ?? null });
    await removeJob(deps, over.id, null);
    await changeJobs(deps, { owner: localOwner, action: "delete", target: { ids: [running.id] } }, null);
    // What its worker had under way.
    await progress(fixture, running, 50);
    const last = await fixture.submit();
    const told = (seen: readonly OwnerEvent[]) =>
      seen.map(({ data }) =>
        "artifacts" in data ? [data.id, data.state, typeof data.deletedAt, data.artifacts.length] : data,
      );
    await readTo(one, "queued");
    await readTo(away, "queued");
    expect(told(away.seen)).toEqual([
      [over.id, "canceled", "string", 0],
      [running.id, "canceled", "string", 0],
      [last.id, "queued", "undefined", 0],
    ]);
    expect(told(one.seen.slice(-3))).toEqual(told(away.seen));
  });

  test("brings all of an attempt, and nothing of other owners", async () => {
    await using fixture = await createServiceFixture();
    await using one = reader(fixture);
    await readTo(one, "snapshot");
    const job = await fixture.submit();
    await announce(fixture.deps, { ...job, id: "job_other", owner: "bob" });
    const signal = new AbortController().signal;
    const options = { leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal };
    await runAttempt(fixture.deps, await fixture.claim(job), options);
    await readTo(one, "succeeded");
    expect(new Set(one.seen.map(({ data }) => ("id" in data ? data.id : "jobId" in data ? data.jobId : "")))).toEqual(
      new Set(["", job.id]),
    );
    const ids = one.seen.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort(compareEventIds));
  });

  test("a reader that resumes gets each `job` event that it missed, once and in order, from any place", async () => {
    await using fixture = await createServiceFixture();
    await using whole = reader(fixture);
    await readTo(whole, "snapshot");
    const jobs = [await fixture.submit(), await fixture.submit()];
    for (const job of jobs) {
      const running = await fixture.claim(job);
      await announce(fixture.deps, running);
      await progress(fixture, running, 50);
      await moveJob(fixture.deps, job.id, null, "cancel");
    }
    while (whole.told().filter((one) => one === "canceled").length < 2) await whole.next();
    const added = await fixture.submit();
    await readTo(whole, "queued");
    for (const [index, { id }] of whole.seen.entries()) {
      await using one = reader(fixture, { lastEventId: id });
      const rest = whole.seen.slice(index + 1).filter(({ type }) => type === "job");
      for (const _ of rest) await one.next();
      expect(one.seen).toEqual(rest);
    }
    expect(whole.seen.at(-1)).toMatchObject({ data: { id: added.id } });
  });

  test.each(["0-1", "1-1", "9999999999999999-5"])(
    "a place that the log does not have (%s) starts over, with what ended lately too",
    async (lastEventId) => {
      await using fixture = await createServiceFixture();
      const [waiting, over] = [await fixture.submit(), await fixture.submit()];
      await moveJob(fixture.deps, over.id, null, "cancel");
      await using one = reader(fixture, { lastEventId });
      await readTo(one, "snapshot");
      expect(one.told()).toEqual(["canceled", "queued", "snapshot"]);
      expect(one.seen.map(({ data }) => ("id" in data ? data.id : data))).toEqual([
        over.id,
        waiting.id,
        { jobs: 2, complete: true },
      ]);
    },
  );

  test("bounds what a snapshot tells, and says that it did", async () => {
    await using fixture = await createServiceFixture();
    for (let i = 0; i < 1_003; i++) await fixture.submit();
    await using one = reader(fixture);
    await readTo(one, "snapshot");
    expect(one.seen).toHaveLength(1_001);
    expect(one.seen.at(-1)?.data).toEqual({ jobs: 1_000, complete: false });
  });

  test("a slow reader skips progress but no `job` event, and little waits for it", async () => {
    const log = memoryEventLog({ clock: systemClock });
    await using fixture = await createServiceFixture({}, { events: log });
    const job = await fixture.claim(await fixture.submit());
    await using one = reader(fixture);
    await readTo(one, "snapshot");
    const states: string[] = [];
    for (let i = 0; i < 700; i++) {
      await progress(fixture, job, i % 100);
      const other = await fixture.submit();
      states.push(other.id);
    }
    await progress(fixture, job, 99);
    const last = await fixture.submit();
    while (!one.seen.some(({ data }) => "id" in data && data.id === last.id)) await one.next();
    const told = one.seen.flatMap((event) => (event.type === "job" ? [event.data.id] : []));
    expect(told.slice(1)).toEqual([...states, last.id]);
    expect(one.seen.filter(({ type }) => type === "progress").length).toBeLessThan(10);
  });

  test("a reader that is so far behind that the log has lost its place starts over", async () => {
    const log = memoryEventLog({ clock: systemClock, maxSharedEvents: 20 });
    await using fixture = await createServiceFixture({}, { events: log });
    await using one = reader(fixture);
    await readTo(one, "snapshot");
    for (let i = 0; i < 150; i++) await fixture.submit();
    await one.next();
    await readTo(one, "snapshot");
    expect(one.seen).toHaveLength(152);
  });

  test("brings only what was asked for", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.claim(await fixture.submit());
    await using one = reader(fixture, { types: new Set(["progress"]) });
    await readTo(one, "snapshot");
    await using other = reader(fixture, { types: new Set(["job"]) });
    await readTo(other, "snapshot");
    await announce(fixture.deps, job);
    await progress(fixture, job, 10);
    await moveJob(fixture.deps, job.id, null, "cancel");
    await readTo(one, "10 %");
    expect(one.told()).toEqual(["snapshot", "10 %"]);
    await readTo(other, "canceled");
    expect(other.told()).toEqual(["running", "snapshot", "running", "canceled"]);
  });

  test("reads again when events may have been missed", async () => {
    const log = memoryEventLog({ clock: systemClock });
    const listeners = new Set<(event: null) => void>();
    const events: typeof log = {
      ...log,
      subscribe: async (topic, listener) => {
        listeners.add(listener);
        // Nothing arrives.
        return await log.subscribe(topic, () => undefined);
      },
    };
    await using fixture = await createServiceFixture({}, { events });
    await using one = reader(fixture);
    await readTo(one, "snapshot");
    const next = one.next();
    const job = await fixture.submit();
    await eventually(() => log.read(`owner:${localOwner}`));
    for (const listener of listeners) listener(null);
    expect(await next).toMatchObject({ data: { id: job.id } });
  });

  test("makes up for a lost end of a job it has told of, once for all readers", async () => {
    await using fixture = await createServiceFixture();
    const { database } = fixture.deps;
    let asked = 0;
    const states: typeof database.jobs.states = async (ids) => {
      asked += 1;
      return await database.jobs.states(ids);
    };
    const watched = { ...fixture, deps: { ...fixture.deps, database: storeWith(database, { jobs: { states } }) } };
    const job = await fixture.submit();
    await using one = reader(watched, {}, 30);
    await readTo(one, "snapshot");
    const next = one.next();
    await eventually(() => asked > 2);
    // As a process does that is killed before it tells.
    await database.jobs.move(job.id, null, "cancel");
    expect(await next).toMatchObject({ data: { id: job.id, state: "canceled" } });
  });

  test("ends when the reader leaves, also while nothing happens", async () => {
    await using fixture = await createServiceFixture();
    const leave = new AbortController();
    const deps = { ...fixture.deps, missed: createMissedEvents(fixture.deps) };
    const events = followOwner(deps, localOwner, { lastEventId: null, signal: leave.signal });
    expect((await events.next()).value).toMatchObject({ type: "snapshot" });
    const next = events.next();
    leave.abort();
    expect(await next).toMatchObject({ done: true });
  });
});
