import type { Database, Job, JobQuery } from "@vidferry/core";
import { JobState, placeOf } from "@vidferry/core";
import { anError, attemptOf, created, type DatabaseSuite, jobIn, must, newId, newJob, started } from "./fixture.ts";

const idsOf = (jobs: readonly Job[]): string[] => jobs.map((job) => job.id);
const minute = 60_000;

async function allPages(store: Database, query: Omit<JobQuery, "after">): Promise<Job[]> {
  const all: Job[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await store.jobs.list(last ? { ...query, after: placeOf(last, query) } : query);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** Filters by code and time, counts, and changes of several jobs. */
export function filteringConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("filters", () => {
    test("by several states give each job once over pages, newest first", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const made: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        for (const state of JobState.options) made.push((await jobIn(state, store)).id);
        await advance(minute);
      }
      const query = { owner: "ada", states: ["queued", "failed", "succeeded", "queued"], limit: 2 } as const;
      const found = await allPages(store, query);
      expect(idsOf(found)).toEqual(idsOf(await store.jobs.list({ ...query, limit: 100 })));
      expect(found.map(({ state }) => state).toSorted()).toEqual(
        ["failed", "queued", "succeeded"].flatMap((state) => [state, state, state]),
      );
      expect(found.every(({ id }) => made.includes(id))).toBe(true);
      expect(found.map(({ createdAt }) => Number(createdAt))).toEqual(
        found.map(({ createdAt }) => Number(createdAt)).toSorted((a, b) => b - a),
      );
    });

    test("by batch and by schedule find what they made, of one owner and with the other filters", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [batchId, scheduleId] = [`bat_${"0".repeat(31)}1`, `sch_${"0".repeat(31)}1`] as const;
      const failed = await jobIn("failed", store, { batchId, labels: { a: "1" } });
      const reused = await created(store, { batchId, scheduleId, reusedFrom: failed.id });
      expect(reused).toMatchObject({ batchId, scheduleId, reusedFrom: failed.id });
      expect(must(await store.jobs.get(reused.id, "ada"))).toMatchObject({
        batchId,
        scheduleId,
        reusedFrom: failed.id,
      });
      const other = await created(store, { batchId: `bat_${"0".repeat(31)}2`, scheduleId });
      expect(other.reusedFrom).toBeNull();
      expect(await created(store)).toMatchObject({ batchId: null, scheduleId: null });
      const find = async (query: Partial<JobQuery>) =>
        idsOf(await store.jobs.list({ owner: "ada", limit: 10, ...query }));
      expect(await find({ batchId })).toEqual([reused.id, failed.id]);
      expect(await find({ batchId, limit: 1 })).toEqual([reused.id]);
      expect(await allPages(store, { owner: "ada", batchId, limit: 1 })).toHaveLength(2);
      expect(await find({ batchId, states: ["failed"], codes: ["network_error"], labels: { a: "1" } })).toEqual([
        failed.id,
      ]);
      expect(await find({ batchId, owner: null })).toEqual([reused.id, failed.id]);
      expect(await find({ batchId, owner: "bob" })).toEqual([]);
      expect(await find({ scheduleId })).toEqual([other.id, reused.id]);
      expect(await find({ scheduleId, batchId })).toEqual([reused.id]);
      expect(await find({ batchId, finishedAfter: new Date(0) })).toEqual([failed.id]);
      const counts = await store.jobs.count({ owner: "ada", batchId });
      expect(counts.states).toMatchObject({ queued: 1, failed: 1 });
      expect(counts.exact).toBe(true);
    });

    test("by code find what failed with one of them, also while it waits for its next attempt", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const failed = await jobIn("failed", store);
      const other = must(
        await store.attempts.fail(attemptOf(await started(store)), { ...anError, code: "video_private" }),
      );
      const waiting = must(
        await store.attempts.requeue(attemptOf(await started(store)), {
          error: anError,
          delayMs: 1_000,
          countsAsFailure: true,
        }),
      );
      await jobIn("succeeded", store);
      const find = async (query: Partial<JobQuery>) =>
        idsOf(await store.jobs.list({ owner: "ada", limit: 10, ...query })).toSorted();
      expect(await find({ codes: ["network_error"] })).toEqual([failed.id, waiting.id].toSorted());
      expect(await find({ codes: ["network_error"], states: ["failed"] })).toEqual([failed.id]);
      expect(await find({ codes: ["network_error", "video_private"] })).toHaveLength(3);
      expect(await find({ codes: ["video_private"], text: "aaaaaaaaaaa" })).toEqual([other.id]);
      expect(await find({ codes: ["bot_check"] })).toEqual([]);
    });

    test("by code, label and time find what lies beyond the newest jobs", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const old = must(
        await store.attempts.fail(attemptOf(await started(store, { labels: { kind: "old" } })), anError),
      );
      const done = await jobIn("succeeded", store, { labels: { kind: "old" } });
      for (let made = 0; made < 520; made += 130) {
        const jobs = Array.from({ length: 130 }, () => newJob({ labels: { kind: "new" } }));
        await store.jobs.createAll(jobs);
        const ids = jobs.map(({ id }) => id);
        expect((await store.jobs.moveAll(ids, "ada", "cancel")).moved).toHaveLength(130);
      }
      const find = async (query: Partial<JobQuery>) =>
        idsOf(await store.jobs.list({ owner: "ada", limit: 10, ...query })).toSorted();
      const ended = { finishedAfter: new Date(0) };
      expect(await find({ codes: ["network_error"] })).toEqual([old.id]);
      expect(await find({ codes: ["network_error"], ...ended })).toEqual([old.id]);
      expect(await find({ labels: { kind: "old" }, ...ended })).toEqual([old.id, done.id].toSorted());
      expect(await find({ labels: { kind: "old" }, codes: ["network_error"] })).toEqual([old.id]);
      expect(await allPages(store, { owner: "ada", labels: { kind: "new" }, ...ended, limit: 100 })).toHaveLength(520);
    });

    test("by times take the beginning and leave the end, in the order of what is asked for", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const first = await created(store);
      await advance(minute);
      const second = await created(store);
      await advance(minute);
      await store.jobs.move(second.id, "ada", "cancel");
      await advance(minute);
      await store.jobs.move(first.id, "ada", "cancel");
      const [now, early] = [must(await store.jobs.get(first.id, "ada")), must(await store.jobs.get(second.id, "ada"))];
      const find = async (query: Partial<JobQuery>) =>
        idsOf(await store.jobs.list({ owner: "ada", limit: 10, ...query }));
      expect(await find({ createdAfter: early.createdAt })).toEqual([second.id]);
      expect(await find({ createdBefore: early.createdAt })).toEqual([first.id]);
      expect(await find({ createdAfter: now.createdAt, createdBefore: new Date(8.64e15) })).toEqual([
        second.id,
        first.id,
      ]);
      expect(await find({ finishedAfter: must(early.finishedAt) })).toEqual([first.id, second.id]);
      expect(await find({ finishedBefore: must(now.finishedAt) })).toEqual([second.id]);
      expect(await find({ finishedAfter: new Date(0), states: ["queued"] })).toEqual([]);
      expect(idsOf(await allPages(store, { owner: "ada", finishedAfter: new Date(0), limit: 1 }))).toEqual([
        first.id,
        second.id,
      ]);
    });

    test("count by state what they find", async () => {
      await using fixture = await create();
      const { store } = fixture;
      for (const state of JobState.options) await jobIn(state, store, { labels: { kind: state } });
      await created(store, { owner: "bob" });
      const none = Object.fromEntries(JobState.options.map((state) => [state, 0]));
      const one = Object.fromEntries(JobState.options.map((state) => [state, 1]));
      const count = (query: Partial<JobQuery>) => store.jobs.count({ owner: "ada", ...query });
      expect(await count({})).toEqual({ states: one as Record<JobState, number>, exact: true });
      const some = async (query: Partial<JobQuery>) => (await count(query)).states as unknown as typeof none;
      expect(await some({ states: ["failed", "queued"] })).toEqual({ ...none, failed: 1, queued: 1 });
      expect(await some({ labels: { kind: "paused" } })).toEqual({ ...none, paused: 1 });
      expect(await some({ codes: ["network_error"] })).toEqual({ ...none, failed: 1 });
      expect(await some({ finishedAfter: new Date(0) })).toEqual({ ...none, failed: 1, succeeded: 1, canceled: 1 });
      expect(await some({ createdBefore: new Date(0) })).toEqual(none);
      expect(await some({ text: "aaaaaaaaaaa", states: ["running"] })).toEqual({ ...none, running: 1 });
    });
  });

  describe("an edit", () => {
    test("merges labels at any time, and lists find them by those it has then", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await jobIn("succeeded", store, { labels: { a: "1", b: "2" } });
      const outcome = await store.jobs.edit(id, "ada", { labels: { b: null, c: "3" } }, null);
      if (outcome.kind !== "edited") throw new Error(outcome.kind);
      expect(outcome.job.labels).toEqual({ a: "1", c: "3" });
      expect(await store.jobs.get(id, "ada")).toEqual(outcome.job);
      const find = async (labels: Record<string, string>) =>
        idsOf(await store.jobs.list({ owner: "ada", labels, limit: 10 }));
      expect([await find({ c: "3", a: "1" }), await find({ b: "2" })]).toEqual([[id], []]);
      expect(await store.jobs.edit(id, "ada", { labels: null }, null)).toMatchObject({ job: { labels: {} } });
      expect(await find({ a: "1" })).toEqual([]);
      const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`name${index}`, "x"]));
      expect(await store.jobs.edit(id, "ada", { labels: many }, null)).toEqual({ kind: "too_many_labels" });
      expect(await store.jobs.edit(id, "bob", { labels: {} }, null)).toEqual({ kind: "not_found" });
    });

    test("changes the priority of a job that waits, and its place with it", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [first, second] = [await created(store), await created(store)];
      expect(await store.jobs.edit(second.id, "ada", { priority: "high" }, null)).toMatchObject({
        job: { priority: "high" },
      });
      expect(idsOf(await store.jobs.list({ owner: "ada", limit: 10 }))).toHaveLength(2);
      expect((await store.dispatch.nextQueued(10)).map(({ jobId }) => jobId)).toEqual([second.id, first.id]);
      const running = await jobIn("running", store);
      expect(await store.jobs.edit(running.id, "ada", { priority: "low", labels: { a: "1" } }, null)).toEqual({
        kind: "not_waiting",
        state: "running",
      });
      expect(await store.jobs.get(running.id, "ada")).toEqual(running);
      expect((await store.jobs.edit(running.id, "ada", { priority: "normal" }, null)).kind).toBe("edited");
    });

    test("under a condition happens only to the job as it was seen, and once of many", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const seen = await created(store);
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          store.jobs.edit(seen.id, "ada", { labels: { by: String(index) } }, seen),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === "edited")).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === "changed")).toHaveLength(5);
    });
  });

  describe("changes of several jobs", () => {
    test("move those of the owner that the state allows, each once, however many make them", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const jobs = await Promise.all(Array.from({ length: 8 }, () => created(store)));
      const over = await jobIn("succeeded", store);
      const foreign = await created(store, { owner: "bob" });
      const ids = [...jobs.map(({ id }) => id), over.id, foreign.id, newId()];
      const outcomes = await Promise.all([
        store.jobs.moveAll(ids, "ada", "cancel"),
        store.jobs.moveAll(ids.toReversed(), "ada", "cancel"),
      ]);
      const moved = outcomes.flatMap((outcome) => outcome.moved);
      expect(idsOf(moved).toSorted()).toEqual(idsOf(jobs).toSorted());
      expect(moved.every(({ state, finishedAt }) => state === "canceled" && finishedAt !== null)).toBe(true);
      expect((await store.jobs.get(foreign.id, null))?.state).toBe("queued");
      expect(await store.jobs.moveAll([], "ada", "cancel")).toEqual({ moved: [], refused: [] });
    });

    test("remove those of the owner, each once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store, { labels: { a: "1" } });
      const foreign = await created(store, { owner: "bob" });
      expect(await store.jobs.removeAll([job.id, job.id, foreign.id], "ada")).toEqual([job]);
      expect(await store.jobs.removeAll([job.id], "ada")).toEqual([]);
      expect(await store.jobs.list({ owner: null, limit: 10 })).toEqual([foreign]);
    });
  });
}
