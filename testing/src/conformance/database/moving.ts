import type { Database, Job } from "@vidferry/core";
import { type JobMove, type JobStage, JobState, jobMoves } from "@vidferry/core";
import { anError, aResult, attemptOf, byWorker, created, type DatabaseSuite, jobIn, must, started } from "./fixture.ts";

/** Each move of the table as a call; true when it happened. */
const moves: Record<JobMove, (store: Database, job: Job) => Promise<boolean>> = {
  claim: async (store, job) => (await store.attempts.claim([job.id], byWorker)).length === 1,
  succeed: async (store, job) => (await store.attempts.succeed(attemptOf(job), aResult)) !== null,
  fail: async (store, job) => (await store.attempts.fail(attemptOf(job), anError)) !== null,
  requeue: async (store, job) =>
    (await store.attempts.requeue(attemptOf(job), { error: null, delayMs: 0, countsAsFailure: false })) !== null,
  cancel: async (store, job) => (await store.jobs.move(job.id, "ada", "cancel")) !== null,
  pause: async (store, job) => (await store.jobs.move(job.id, "ada", "pause")) !== null,
  resume: async (store, job) => (await store.jobs.move(job.id, "ada", "resume")) !== null,
  retry: async (store, job) => (await store.jobs.move(job.id, "ada", "retry")) !== null,
  // Last, because it lets time pass.
  due: async (store, job) => (await store.dispatch.promoteDue(100)).some((moved) => moved.id === job.id),
};

const year = 366 * 86_400_000;

/** The table of allowed moves, and the effects of clients' moves. */
export function movingConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("the table of moves", () => {
    for (const state of JobState.options) {
      test(`is kept from the state ${state}`, async () => {
        await using fixture = await create();
        const { store, advance } = fixture;
        for (const move of Object.keys(moves) as JobMove[]) {
          const job = await jobIn(state, store);
          if (move === "due") await advance(year);
          const { from, to } = jobMoves[move];
          const isAllowed = (from as readonly JobState[]).includes(state);
          expect({ move, happened: await moves[move](store, job) }).toEqual({ move, happened: isAllowed });
          expect({ move, state: (await store.jobs.get(job.id, null))?.state }).toEqual({
            move,
            state: isAllowed ? to : state,
          });
          await store.jobs.remove(job.id, null);
        }
      });
    }
  });

  describe("a client's move", () => {
    test("cancel and pause end a running attempt, whose writes are refused from then on", async () => {
      await using fixture = await create();
      const { store } = fixture;
      for (const move of ["cancel", "pause"] as const) {
        const job = await started(store);
        const moved = must(await store.jobs.move(job.id, "ada", move));
        expect(moved).toMatchObject({ worker: null, leaseUntil: null, stage: null, attempt: 1, host: "host-1" });
        expect(moved.finishedAt === null).toBe(move === "pause");
        expect(await store.attempts.heartbeat(attemptOf(job), 1000, { stage: "storing" satisfies JobStage })).toBe(
          false,
        );
        expect(await store.attempts.succeed(attemptOf(job), aResult)).toBeNull();
        expect(await store.attempts.fail(attemptOf(job), anError)).toBeNull();
        expect(
          await store.attempts.requeue(attemptOf(job), { error: anError, delayMs: 0, countsAsFailure: true }),
        ).toBeNull();
        expect(await store.jobs.get(job.id, null)).toEqual(moved);
      }
    });

    test("a paused job is not offered; resumed it is, with the next attempt number", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      await store.jobs.move(job.id, "ada", "pause");
      expect(await store.dispatch.nextQueued(10)).toEqual([]);
      expect(await store.attempts.claim([job.id], byWorker)).toEqual([]);
      await store.jobs.move(job.id, "ada", "resume");
      expect(await store.dispatch.nextQueued(10)).toEqual([{ jobId: job.id, lane: "normal" }]);
      expect(await store.attempts.claim([job.id], byWorker)).toMatchObject([
        { attempt: 2, failures: 0, startedAt: job.startedAt },
      ]);
    });

    test("resume never starts a job before the time it is scheduled for", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const scheduledFor = new Date(Date.now() + 10 * year);
      const job = await created(store, { scheduledFor });
      await store.jobs.move(job.id, "ada", "pause");
      expect(await store.jobs.move(job.id, "ada", "resume")).toMatchObject({
        state: "queued",
        nextAttemptAt: scheduledFor,
      });
      expect(await store.dispatch.nextQueued(10)).toEqual([]);
      expect(await store.attempts.claim([job.id], byWorker)).toEqual([]);
      await advance(11 * year);
      expect(await store.attempts.claim([job.id], byWorker)).toMatchObject([{ id: job.id, nextAttemptAt: null }]);
    });

    test("retry starts over under a higher attempt number", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = must(await store.attempts.fail(attemptOf(await started(store)), anError));
      expect(job).toMatchObject({ state: "failed", failures: 1, error: anError, attempt: 1 });
      const retried = must(await store.jobs.move(job.id, "ada", "retry"));
      expect(retried).toMatchObject({ state: "queued", failures: 0, lostWorkers: 0, error: null, finishedAt: null });
      expect(retried).toMatchObject({ attempt: 1, warnings: [], artifacts: [], startedAt: null, expiresAt: null });
      expect(await store.attempts.claim([job.id], byWorker)).toMatchObject([{ attempt: 2 }]);
    });

    test("asks a recording to finish while it runs or waits to go on, and a retry forgets that", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      expect(await store.jobs.askFinish(job.id, "eve")).toBeNull();
      expect(job.finishAskedAt).toBeNull();
      const asked = must(await store.jobs.askFinish(job.id, "ada"));
      expect(asked).toMatchObject({ state: "running", attempt: 1 });
      // A matcher among the expected fields would take the place of the time in the job itself.
      expect(asked.finishAskedAt).toBeInstanceOf(Date);
      const options = { error: null, delayMs: 0, countsAsFailure: false };
      expect(await store.attempts.requeue(attemptOf(job), options)).toMatchObject({
        finishAskedAt: asked.finishAskedAt,
      });
      expect(await store.jobs.askFinish(job.id, null)).toMatchObject({ state: "queued" });
      must(await store.jobs.move(job.id, "ada", "cancel"));
      expect(await store.jobs.askFinish(job.id, "ada")).toBeNull();
      expect(await store.jobs.move(job.id, "ada", "retry")).toMatchObject({ state: "queued", finishAskedAt: null });
    });

    test("wins once, however many make it", async () => {
      await using fixture = await create();
      const job = await started(fixture.store);
      const moved = await Promise.all(
        Array.from({ length: 10 }, (_, index) => fixture.store.jobs.move(job.id, null, index % 2 ? "cancel" : "pause")),
      );
      // Pause and then cancel is a legal pair; each happens at most once, and cancel is the last word.
      expect(moved.filter((after) => after?.state === "canceled")).toHaveLength(1);
      expect(moved.filter((after) => after?.state === "paused").length).toBeLessThanOrEqual(1);
      expect((await fixture.store.jobs.get(job.id, null))?.state).toBe("canceled");
    });
  });
}
