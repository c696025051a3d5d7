import { describe, expect, test } from "bun:test";
import { createServiceFixture, eventually, roomyLimits, type ServiceFixture } from "@vidferry/testing";
import { runAttempt } from "../pipeline/run-attempt.ts";
import { announce } from "./announce.ts";
import { jobTopic } from "./event-log.ts";
import type { LoggedEvent } from "./events.ts";
import { followJob } from "./follow-job.ts";
import { moveJob, removeJob } from "./manage-job.ts";

const never = new AbortController().signal;
const run = async (fixture: ServiceFixture, job: Parameters<ServiceFixture["claim"]>[0]) =>
  runAttempt(fixture.deps, await fixture.claim(job), {
    leaseMs: 5_000,
    limits: roomyLimits,
    retentionMs: null,
    signal: never,
  });

async function collect(events: AsyncIterable<LoggedEvent>): Promise<LoggedEvent[]> {
  const all: LoggedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe("following a job", () => {
  test("starts with the job as it is and ends with the terminal event", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit();
    const events = collect(followJob(fixture.deps, job.id, null, { lastEventId: null, signal: never }));
    await run(fixture, job);
    const seen = await events;
    expect(seen[0]).toMatchObject({ type: "job", data: { id: job.id } });
    expect(seen.at(-1)).toMatchObject({ type: "job", data: { state: "succeeded" } });
  });

  test("a reader that resumes gets what it missed, each event once and in order", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit();
    const whole = collect(followJob(fixture.deps, job.id, null, { lastEventId: null, signal: never }));
    await run(fixture, job);
    const ids = (await whole).map((event) => event.id);
    for (const [index, id] of ids.entries()) {
      const rest = await collect(followJob(fixture.deps, job.id, null, { lastEventId: id, signal: never }));
      // After the terminal event there is nothing to replay, so the reader is told the end once more.
      if (index === ids.length - 1) expect(rest).toMatchObject([{ type: "job", data: { state: "succeeded" } }]);
      else expect(rest.map((event) => event.id)).toEqual(ids.slice(index + 1));
    }
  });

  test("a reader that resumes after the end waits for nothing, whatever came late", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const job = await fixture.claim(await fixture.submit());
    await moveJob(deps, job.id, null, "cancel");
    const { lastId } = await deps.events.read(jobTopic(job.id));
    const progress = { jobId: job.id, attempt: 1, stage: "downloading" as const, progress: job.progress };
    await deps.events.append(jobTopic(job.id), { type: "progress", data: progress });
    // Written before the cancel, and told after it.
    await announce(deps, { ...job, state: "queued" });
    // Without a backstop it would wait for ever.
    const options = { signal: never, backstopMs: 600_000 };
    const seen = await collect(followJob(deps, job.id, null, { ...options, lastEventId: lastId }));
    expect(seen.map(({ data }) => ("state" in data ? data.state : data.stage))).toEqual(["queued", "canceled"]);
  });

  test("an unknown place starts over with the job as it is", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit();
    await run(fixture, job);
    const seen = await collect(followJob(fixture.deps, job.id, null, { lastEventId: "1-999999", signal: never }));
    expect(seen).toMatchObject([{ type: "job", data: { state: "succeeded" } }]);
  });

  test("a lost terminal event is made up for from the store", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit();
    const events = collect(followJob(fixture.deps, job.id, null, { lastEventId: null, signal: never, backstopMs: 30 }));
    await fixture.deps.database.jobs.move(job.id, null, "cancel");
    expect((await events).at(-1)).toMatchObject({ type: "job", data: { state: "canceled" } });
  });

  test("a lost change of state is made up for from the store, also for a reader that resumes", async () => {
    await using fixture = await createServiceFixture();
    const { database } = fixture.deps;
    const job = await fixture.claim(await fixture.submit());
    const { lastId } = await fixture.deps.events.read(jobTopic(job.id));
    let reads = 0;
    const get: typeof database.jobs.get = async (...args) => {
      const found = await database.jobs.get(...args);
      reads += 1;
      return found;
    };
    const deps = { ...fixture.deps, database: { ...database, jobs: { ...database.jobs, get } } };
    const leave = new AbortController();
    const events = followJob(deps, job.id, null, { lastEventId: lastId, signal: leave.signal, backstopMs: 30 });
    const next = events.next();
    // Once for the owner, and once after the replay.
    await eventually(() => reads >= 2);
    await database.jobs.move(job.id, null, "pause");
    const late = setTimeout(() => leave.abort(), 5_000);
    expect((await next).value).toMatchObject({ type: "job", data: { state: "paused" } });
    clearTimeout(late);
    leave.abort();
  });

  test("a slow reader skips progress but no job event", async () => {
    await using fixture = await createServiceFixture();
    const { deps } = fixture;
    const job = await fixture.claim(await fixture.submit());
    const events = followJob(deps, job.id, null, { lastEventId: null, signal: never });
    await events.next();
    const progress = (percent: number) =>
      deps.events.append(jobTopic(job.id), {
        type: "progress",
        data: { jobId: job.id, attempt: 1, stage: null, progress: { ...job.progress, percent } },
      });
    for (let percent = 1; percent <= 50; percent++) await progress(percent);
    await announce(deps, job);
    for (let percent = 51; percent <= 99; percent++) await progress(percent);
    await moveJob(deps, job.id, null, "cancel");
    const seen = await collect(events);
    expect(seen.map((event) => event.type)).toEqual(["progress", "job", "progress", "job"]);
    expect(seen[2]).toMatchObject({ data: { progress: { percent: 99 } } });
  });

  test("a job that is deleted before its end ends its stream at once, as canceled and deleted", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.claim(await fixture.submit());
    const options = { signal: never, backstopMs: 600_000 };
    const events = followJob(fixture.deps, job.id, null, { ...options, lastEventId: null });
    const first = await events.next();
    const rest = collect(events);
    await removeJob(fixture.deps, job.id, null);
    expect(await rest).toMatchObject([
      { type: "job", data: { state: "canceled", stage: null, artifacts: [], deletedAt: expect.any(String) } },
    ]);
    const resumed = followJob(fixture.deps, job.id, null, { ...options, lastEventId: first.value?.id ?? "" });
    await expect(resumed.next()).rejects.toMatchObject({ code: "not_found" });
    expect((await fixture.deps.events.read(jobTopic(job.id), first.value?.id)).complete).toBe(false);
  });

  test("ends quietly when the reader leaves or the job is deleted", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit();
    const leave = new AbortController();
    const left = collect(followJob(fixture.deps, job.id, null, { lastEventId: null, signal: leave.signal }));
    const deleted = collect(
      followJob(fixture.deps, job.id, null, { lastEventId: null, signal: never, backstopMs: 20 }),
    );
    await eventually(() => true);
    leave.abort();
    expect((await left).length).toBeLessThanOrEqual(1);
    // Its event is lost.
    await fixture.deps.database.jobs.remove(job.id, null);
    expect((await deleted).length).toBeLessThanOrEqual(1);
  });

  test("a job of another owner is not found", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit();
    const events = followJob(fixture.deps, job.id, "someone else", { lastEventId: null, signal: never });
    await expect(events.next()).rejects.toMatchObject({ code: "not_found" });
  });
});
