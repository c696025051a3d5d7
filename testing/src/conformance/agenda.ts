import type { Chore, Database } from "@vidferry/core";
import { chores, DownloadRequest, DownloadTemplate, nothingToRead } from "@vidferry/core";
import {
  aResult,
  attemptOf,
  byWorker,
  created,
  type DatabaseFixture,
  type DatabaseSuite,
  must,
  started,
} from "./database/fixture.ts";
import { newDelivery, newWebhook } from "./webhooks/fixture.ts";

const offerAfterMs = 10_000;
const hour = 3_600_000;
const batchId = `bat_${"0".repeat(31)}1` as const;

const insertBatch = (store: Database) =>
  store.batches.insert({
    ...{ id: batchId, owner: "ada", title: null, source: null, request: DownloadTemplate.parse({}), labels: {} },
    ...{ maxAttempts: 3, scheduleId: null, onlyNew: false, checkpoint: nothingToRead },
    ...{ requestId: null, traceparent: null },
  });

const insertSchedule = (store: Database, nextRunAt: Date) =>
  store.schedules.insert({
    ...{ id: `sch_${"0".repeat(31)}1`, owner: "ada", name: "daily", runAt: null, cron: "0 6 * * *", timeZone: "UTC" },
    download: DownloadRequest.parse({ url: "https://www.youtube.com/watch?v=aaaaaaaaaaa" }),
    ...{ batch: null, onlyNew: false, nextRunAt },
  });

/** For each kind of work: makes some, and what its own and no other kind says of it then. */
const cases: readonly {
  readonly title: string;
  readonly make: (fixture: DatabaseFixture) => Promise<unknown>;
  readonly due: readonly Chore[];
}[] = [
  { title: "nothing", make: async () => undefined, due: [] },
  { title: "a job that may run", make: ({ store }) => created(store), due: ["queued-jobs"] },
  {
    title: "a job that nobody claimed",
    make: async ({ store, advance }) => {
      await created(store);
      await advance(offerAfterMs + 1);
    },
    due: ["queued-jobs", "unoffered-jobs"],
  },
  { title: "a job that runs", make: ({ store }) => started(store), due: ["lost-workers"] },
  {
    title: "a job in a pause",
    make: async ({ store }) => {
      const delayMs = hour;
      await store.attempts.requeue(attemptOf(await started(store)), { error: null, delayMs, countsAsFailure: false });
    },
    due: [],
  },
  {
    title: "a job at the end of its pause",
    make: async ({ store, advance }) => {
      const delayMs = 1_000;
      await store.attempts.requeue(attemptOf(await started(store)), { error: null, delayMs, countsAsFailure: false });
      await advance(delayMs + 1);
    },
    due: ["queued-alone", "queued-jobs"],
  },
  {
    title: "a job that must run alone",
    make: async ({ store }) => {
      const again = { error: null, delayMs: 0, countsAsFailure: false, alone: true };
      await store.attempts.requeue(attemptOf(await started(store)), again);
    },
    due: ["queued-alone"],
  },
  {
    title: "a job whose time has not come",
    make: ({ store }) => created(store, { scheduledFor: new Date(Date.now() + 365 * 24 * hour) }),
    due: [],
  },
  {
    title: "a job whose time has come",
    make: async ({ store, advance }) => {
      await created(store, { scheduledFor: new Date(Date.now() + hour) });
      await advance(2 * hour);
    },
    due: ["due-jobs"],
  },
  {
    title: "a schedule whose time has come",
    make: ({ store }) => insertSchedule(store, new Date("2026-01-02T03:04:05.678Z")),
    due: ["due-schedules"],
  },
  {
    title: "a schedule that ran while the clock was ahead",
    make: async ({ store }) => {
      const far = new Date("2199-01-01T00:00:00Z");
      const { id } = await insertSchedule(store, far);
      await store.transaction(async (tx) => {
        await tx.schedules.lock(id, null);
        await tx.schedules.update(id, { lastRunAt: far });
      });
    },
    due: ["due-schedules"],
  },
  {
    title: "a job that waits for the result of another one",
    make: async ({ store }) => {
      const [first, second] = [await started(store, { reuseKey: "r1" }), await started(store, { reuseKey: "r1" })];
      must(await store.reuse.join(attemptOf(second), { owner: "ada", key: "r1" }, hour));
      // Nobody makes it any more, and nobody woke the one that waits.
      await store.jobs.remove(first.id, null);
    },
    due: ["joined-jobs", "statistics"],
  },
  {
    title: "an end of a job that is not in the statistics",
    make: async ({ store }) => {
      await store.attempts.succeed(attemptOf(await started(store)), { ...aResult, retentionMs: null });
    },
    due: ["statistics"],
  },
  {
    title: "a result past its time",
    make: async ({ store, advance }) => {
      await store.attempts.succeed(attemptOf(await started(store)), { ...aResult, retentionMs: 1_000 });
      await store.stats.countEnded(10);
      await advance(1_001);
    },
    due: ["expired-results"],
  },
  {
    title: "a file to delete",
    make: ({ store }) => store.outbox.add([{ kind: "blob_deletion", name: "jobs/1", payload: { v: 1 } }]),
    due: ["blob-deletions"],
  },
  {
    title: "a delivery",
    make: ({ store }) => store.deliveries.insert([newDelivery(newWebhook())]),
    due: ["webhook-deliveries"],
  },
  { title: "a batch to expand", make: ({ store }) => insertBatch(store), due: ["batches-to-expand"] },
  {
    title: "a batch that another worker expands",
    make: async ({ store }) => {
      await insertBatch(store);
      must(await store.batches.claim(byWorker.leaseMs));
    },
    due: [],
  },
  {
    title: "a batch without jobs that go on",
    make: async ({ store }) => {
      await insertBatch(store);
      await store.batches.expanded(must(await store.batches.claim(byWorker.leaseMs)), { state: "running" });
    },
    due: ["batches-over"],
  },
];

/** What every `Agenda` must do. */
export function agendaConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("the agenda", () => {
    for (const { title, make, due } of cases) {
      test(`of ${title}: ${due.length === 0 ? "nothing to do" : due.join(", ")}`, async () => {
        await using fixture = await create();
        const { agenda } = fixture.store;
        // One may say all the time that there may be work of all kinds.
        const isExact = (await agenda.due(offerAfterMs)).size < chores.length;
        await make(fixture);
        const named = await agenda.due(offerAfterMs);
        expect([...(isExact ? named : due)].sort()).toEqual([...due].sort());
        for (const chore of due) expect(named.has(chore)).toBe(true);
      });
    }
  });
}
