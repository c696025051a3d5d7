import type { Database, StatsBy, StatsQuery } from "@vidferry/core";
import {
  anArtifact,
  anError,
  aResult,
  attemptOf,
  created,
  type DatabaseSuite,
  must,
  started,
} from "./database/fixture.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Two days before now and as many after it, in whole hours. */
function around(now: Date, by: StatsBy, owner: string | null = "ada"): StatsQuery {
  const hour = Math.floor(now.getTime() / hourMs) * hourMs;
  return { owner, by, from: new Date(hour - 2 * dayMs), to: new Date(hour + 2 * dayMs) };
}

async function endWith(store: Database, bytes: number, owner = "ada", link?: string): Promise<void> {
  const job = await started(store, {
    owner,
    ...(link && { request: { ...(await created(store)).request, url: link } }),
  });
  const artifacts = [{ ...anArtifact, bytes, storageKey: `${job.id}/1` }];
  await store.attempts.succeed(attemptOf(job), { ...aResult, artifacts });
}

const now = async (store: Database): Promise<Date> =>
  must((await store.history.list({ owner: null, limit: 1 }))[0]).endedAt;

/** What every `Stats` must do. */
export function statsConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("statistics", () => {
    test("count each end once, by state, code, host, owner, hour and day", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await endWith(store, 2 ** 40);
      await endWith(store, 5, "ada", "https://www.vimeo.com/1");
      await endWith(store, 7, "bob");
      await store.attempts.fail(attemptOf(await started(store)), anError);
      await store.jobs.move((await created(store)).id, null, "cancel");
      const at = await now(store);
      expect(await store.stats.countEnded(3)).toBe(3);
      expect(await store.stats.countEnded(3)).toBe(2);
      expect(await store.stats.countEnded(3)).toBe(0);

      const groups = async (by: StatsBy, owner: string | null = "ada") =>
        (await store.stats.read(around(at, by, owner))).groups.flatMap(({ key, count }) =>
          count ? [[key, count]] : [],
        );
      expect(await groups("state")).toEqual([
        ["succeeded", 2],
        ["failed", 1],
        ["canceled", 1],
      ]);
      expect(await groups("code")).toEqual([[anError.code, 1]]);
      expect(await groups("host")).toEqual([
        ["youtube.com", 3],
        ["vimeo.com", 1],
      ]);
      expect(await groups("owner", null)).toEqual([
        ["ada", 4],
        ["bob", 1],
      ]);
      const hour = new Date(Math.floor(at.getTime() / hourMs) * hourMs).toISOString();
      expect(await groups("hour")).toEqual([[hour, 4]]);
      expect(await groups("day")).toEqual([[`${hour.slice(0, 10)}T00:00:00.000Z`, 4]]);
      expect((await store.stats.read(around(at, "state"))).total).toMatchObject({
        count: 4,
        bytes: 2 ** 40 + 5,
        timed: 3,
      });
      expect((await store.stats.read(around(at, "state", null))).total).toMatchObject({ count: 5 });
      expect((await store.stats.read(around(at, "state", "nobody"))).total).toMatchObject({ count: 0, bytes: 0 });
    });

    test("know how long jobs ran", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const jobs = [await started(store), await started(store), await started(store)];
      for (const job of jobs) {
        await fixture.advance(10_000);
        await store.attempts.fail(attemptOf(job), anError);
      }
      const at = await now(store);
      await store.stats.countEnded(10);
      const { total, groups } = await store.stats.read(around(at, "state"));
      expect(total.timed).toBe(3);
      // The server's own clock goes on beside the steps.
      expect(total.runMs).toBeGreaterThanOrEqual(60_000);
      expect(total.runMs).toBeLessThan(120_000);
      expect(Object.values(total.histogram).reduce((sum, count) => sum + count, 0)).toBe(3);
      expect(groups.find(({ key }) => key === "failed")).toMatchObject({ count: 3, histogram: total.histogram });
    });

    test("stay what they are when jobs are deleted and their history is forgotten", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      await store.attempts.fail(attemptOf(job), anError);
      const at = await now(store);
      await store.jobs.remove(job.id, null);
      await store.stats.countEnded(10);
      await fixture.advance(60_000);
      await store.history.prune(1_000, 10);
      expect((await store.stats.read(around(at, "host"))).groups).toMatchObject([{ key: "youtube.com", count: 1 }]);
      expect(await store.stats.countEnded(10)).toBe(0);
    });

    test("count each end once also when several processes count at the same time, and jobs end meanwhile", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const cancel = async () => void (await store.jobs.move((await created(store)).id, null, "cancel"));
      await Promise.all(Array.from({ length: 30 }, cancel));
      const counting = Array.from({ length: 5 }, async () => {
        let sum = 0;
        for (let round = 0; round < 8; round += 1) sum += await store.stats.countEnded(4);
        return sum;
      });
      await Promise.all([...Array.from({ length: 10 }, cancel), ...counting]);
      while ((await store.stats.countEnded(100)) > 0);
      const at = await now(store);
      expect((await store.stats.read(around(at, "day"))).total.count).toBe(40);
    });
  });
}
