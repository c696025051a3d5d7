import { aResult, attemptOf, type DatabaseSuite, must, started } from "./fixture.ts";

const minute = 60_000;

/** Artifacts whose retention is over. */
export function expiringConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("expired results", () => {
    test("are found when their time is over, and forgotten once", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const job = must(await store.attempts.succeed(attemptOf(await started(store)), aResult));
      const kept = must(
        await store.attempts.succeed(attemptOf(await started(store)), { ...aResult, retentionMs: null }),
      );
      await store.attempts.succeed(attemptOf(await started(store)), { ...aResult, retentionMs: 10 * minute });
      expect(await store.artifacts.listExpired(10)).toEqual([]);
      expect(await store.artifacts.clear(job.id)).toBe(false);
      await advance(minute);
      expect((await store.artifacts.listExpired(10)).map((expired) => expired.id)).toEqual([job.id]);
      expect(await store.artifacts.clear(job.id)).toBe(true);
      expect(await store.artifacts.clear(job.id)).toBe(false);
      expect(await store.artifacts.clear(kept.id)).toBe(false);
      expect(await store.artifacts.listExpired(10)).toEqual([]);
      expect(await store.jobs.get(job.id, null)).toMatchObject({ state: "succeeded", artifacts: [] });
      await advance(9 * minute);
      expect(await store.artifacts.listExpired(10)).toHaveLength(1);
    });
  });
}
