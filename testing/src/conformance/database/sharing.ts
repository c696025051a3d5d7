import type { Database, Job, JobId, Priority } from "@vidferry/core";
import { anError, aResult, attemptOf, byWorker, created, type DatabaseSuite, must, started } from "./fixture.ts";

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const lanes = ["high", "normal", "low"] as const satisfies readonly Priority[];

async function queue(store: Database, owner: string, count: number, priority: Priority = "normal"): Promise<Job[]> {
  return await Promise.all(Array.from({ length: count }, () => created(store, { owner, priority })));
}

/** Starts one job after the other, and tells their owners. */
async function startedOwners(store: Database, count: number): Promise<string[]> {
  const owners: string[] = [];
  for (let start = 0; start < count; start++) {
    for (const job of await store.attempts.claimNext(1, byWorker)) owners.push(job.owner);
  }
  return owners;
}

/** How owners share the workers. */
export function sharingConformance({ describe, test, expect, create, inShort }: DatabaseSuite): void {
  describe("owners share the workers", () => {
    test("one with many queued jobs delays another's first one by no job that is not running", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await queue(store, "ada", 300, "high");
      expect(await store.attempts.claimNext(4, byWorker)).toHaveLength(4);
      const [first] = await queue(store, "bob", 2, "low");
      expect(await store.dispatch.nextQueued(1)).toEqual([{ jobId: must(first).id, lane: "low" }]);
      expect(await startedOwners(store, 5)).toEqual(["bob", "ada", "bob", "ada", "ada"]);
      await queue(store, "aaa", 1);
      expect(await startedOwners(store, 2)).toEqual(["aaa", "ada"]);
    });

    test("each has its weight in jobs", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { weight: 3 });
      for (const owner of ["ada", "bob", "cem"]) await queue(store, owner, 12);
      const owners = await startedOwners(store, 20);
      expect(owners.filter((owner) => owner === "ada")).toHaveLength(12);
      expect(owners.filter((owner) => owner === "bob")).toHaveLength(4);
      // All at once as one by one.
      const rest = await store.dispatch.nextQueued(100);
      expect(rest).toHaveLength(16);
      const ids = rest.map(({ jobId }) => jobId as string);
      const claimed = await store.attempts.claimNext(100, byWorker);
      expect(claimed.map(({ id }) => id as string).sort()).toEqual(ids.sort());
      expect(await store.attempts.claimNext(100, byWorker)).toEqual([]);
    });

    test("a limit on running jobs holds, however many workers claim at once", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("ada", { runningJobs: 3 });
      await store.accounts.limit("bob", { runningJobs: 0 });
      const [ada, bob] = [await queue(store, "ada", 20), await queue(store, "bob", 2)];
      const ids = ada.map(({ id }) => id);
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          index % 2
            ? store.attempts.claimNext(2, byWorker)
            : store.attempts.claim(ids.slice(index, index + 4), byWorker),
        ),
      );
      expect(claims.flat()).toHaveLength(3);
      expect(await store.dispatch.nextQueued(10)).toEqual([]);
      expect(await store.attempts.claim([must(bob[0]).id], byWorker)).toEqual([]);
      // Others go by.
      await queue(store, "cem", 2);
      expect(await startedOwners(store, 3)).toEqual(["cem", "cem"]);
      const [one, two, three] = claims.flat().map(attemptOf);
      await store.attempts.succeed(must(one), aResult);
      expect(await startedOwners(store, 2)).toEqual(["ada"]);
      await store.attempts.fail(must(two), anError);
      await store.jobs.move(must(three).jobId, null, "cancel");
      expect(await startedOwners(store, 4)).toEqual(["ada", "ada"]);
      await store.accounts.limit("ada", { runningJobs: null });
      expect(await startedOwners(store, 2)).toEqual(["ada", "ada"]);
    });

    test("a limit counts jobs that run alone as well", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      await store.accounts.limit("ada", { runningJobs: 1 });
      const job = await started(store);
      const outOfMemory = { error: anError, delayMs: 0, countsAsFailure: true, alone: true };
      await store.attempts.requeue(attemptOf(job), outOfMemory);
      await started(store);
      await advance(1_000);
      expect(await store.dispatch.nextQueued(1, "alone")).toEqual([]);
      expect(await store.attempts.claim([job.id], { ...byWorker, alone: true })).toEqual([]);
    });

    test("jobs that run alone take turns too", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const alone = { error: anError, delayMs: 0, countsAsFailure: true, alone: true };
      for (const owner of ["ada", "ada", "ada", "bob"]) {
        await store.attempts.requeue(attemptOf(await started(store, { owner })), alone);
      }
      const owners: string[] = [];
      for (let start = 0; start < 4; start++) {
        const [hint] = await store.dispatch.nextQueued(1, "alone");
        const [job] = await store.attempts.claim([must(hint).jobId], { ...byWorker, alone: true });
        owners.push(must(job).owner);
      }
      expect(owners.toSorted()).toEqual(["ada", "ada", "ada", "bob"]);
      expect(owners.slice(0, 2).toSorted()).toEqual(["ada", "bob"]);
    });

    test("a job whose pause is over has its owner's turn", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const job = await started(store, { owner: "bob" });
      await store.attempts.requeue(attemptOf(job), { error: anError, delayMs: 60_000, countsAsFailure: true });
      await queue(store, "ada", 5);
      expect(await startedOwners(store, 2)).toEqual(["ada", "ada"]);
      await advance(61_000);
      expect((await store.dispatch.nextQueued(2)).map(({ jobId }) => jobId)).toContain(job.id);
      expect(await startedOwners(store, 2)).toContain("bob");
    });

    test("each is told what holds its jobs up", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await store.accounts.limit("cem", { runningJobs: 1 });
      expect(await store.dispatch.holds([])).toEqual(new Map());
      await queue(store, "ada", 2);
      expect(await store.dispatch.holds(["ada", "nobody"])).toEqual(new Map([["nobody", "fair_share"]]));
      await queue(store, "cem", 2);
      expect(await store.dispatch.holds(["ada", "cem"])).toEqual(
        new Map([
          ["ada", "fair_share"],
          ["cem", "fair_share"],
        ]),
      );
      await startedOwners(store, 4);
      expect(await store.dispatch.holds(["ada", "cem"])).toEqual(
        new Map([
          ["ada", "fair_share"],
          ["cem", "quota"],
        ]),
      );
    });

    const steps = 30;
    for (const seed of inShort ? [1] : [1, 2, 3]) {
      test(`nobody waits for more than a round, each goes by lane and age, and nothing is lost or doubled (seed ${seed})`, async () => {
        await using fixture = await create();
        const { store } = fixture;
        const next = numbers(seed);
        const weights = new Map(["ada", "bob", "cem", "dot", "eve"].map((owner) => [owner, 1 + next(3)] as const));
        for (const [owner, weight] of weights) {
          if (weight > 1) await store.accounts.limit(owner, { weight, ...(owner === "eve" && { runningJobs: 2 }) });
        }
        const waiting = new Map<string, Job[]>([...weights.keys()].map((owner) => [owner, []]));
        const waited = new Map<string, number>();
        const running: Job[] = [];
        const seen = new Set<JobId>();
        let total = 0;
        const room = (owner: string) => owner !== "eve" || weights.get("eve") === 1 || runningOf("eve") < 2;
        const runningOf = (owner: string) => running.filter((job) => job.owner === owner).length;
        for (let step = 0; step < steps || [...waiting.values()].some((jobs) => jobs.length > 0); step++) {
          for (let count = step < steps ? next(4) : 0; count > 0; count--) {
            const owner = must([...weights.keys()][next(weights.size)]);
            waiting.get(owner)?.push(await created(store, { owner, priority: must(lanes[next(3)]) }));
            total += 1;
          }
          const mayStart = [...waiting]
            .filter(([owner, jobs]) => jobs.length > 0 && room(owner))
            .map(([owner]) => owner);
          const [job, ...more] = await store.attempts.claimNext(1, byWorker);
          expect(more).toEqual([]);
          expect(job === undefined).toBe(mayStart.length === 0);
          if (job !== undefined) {
            expect(seen.has(job.id)).toBe(false);
            seen.add(job.id);
            const own = must(waiting.get(job.owner));
            const place = (one: Job) => lanes.indexOf(one.priority);
            const ordered = own.toSorted((a, b) => place(a) - place(b) || (a.id < b.id ? -1 : 1));
            expect(job.id).toBe(must(ordered[0]).id);
            own.splice(
              own.findIndex(({ id }) => id === job.id),
              1,
            );
            running.push(job);
            for (const owner of mayStart) {
              const others = [...weights]
                .filter(([name]) => name !== owner)
                .reduce((sum, [, weight]) => sum + weight, 0);
              const count = owner === job.owner ? 0 : (waited.get(owner) ?? 0) + 1;
              waited.set(owner, count);
              expect(count).toBeLessThanOrEqual(others);
            }
          }
          // A start of each owner that may not start does not count as waiting.
          for (const owner of weights.keys()) if (!mayStart.includes(owner)) waited.set(owner, 0);
          if (running.length > 0 && (next(2) > 0 || step >= 60)) {
            const [ended] = running.splice(next(running.length), 1);
            expect(await store.attempts.succeed(attemptOf(must(ended)), aResult)).not.toBeNull();
          }
        }
        expect(seen.size).toBe(total);
      });
    }
  });
}
