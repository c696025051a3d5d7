import type { Database, NewSchedule, Schedule, ScheduleId } from "@vidferry/core";
import { BatchRequest, DownloadRequest } from "@vidferry/core";
import { type DatabaseSuite, must } from "./database/fixture.ts";

let serial = 0;

/** A new id of a schedule, in the order of time within a process. */
function newScheduleId(): ScheduleId {
  serial += 1;
  return `sch_${serial.toString(16).padStart(32, "0")}`;
}

/** A schedule to put in; it is due at once. */
function newSchedule(changes: Partial<NewSchedule> = {}): NewSchedule {
  return {
    id: newScheduleId(),
    owner: "ada",
    name: "Näws \u{1F3AC}",
    runAt: null,
    cron: "0 6 * * *",
    timeZone: "Europe/Berlin",
    download: DownloadRequest.parse({ url: "https://www.youtube.com/watch?v=aaaaaaaaaaa" }),
    batch: null,
    onlyNew: false,
    nextRunAt: new Date("2026-01-02T03:04:05.678Z"),
    ...changes,
  };
}

const put = (store: Database, changes: Partial<NewSchedule> = {}): Promise<Schedule> =>
  store.schedules.insert(newSchedule(changes));

const farAhead = new Date("2199-01-01T00:00:00Z");

/** What every `Schedules` must do. */
export function schedulesConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("schedules", () => {
    test("are found by their owner alone, as they were put in", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const fresh = newSchedule();
      const schedule = await store.schedules.insert(fresh);
      expect(schedule).toMatchObject({
        ...fresh,
        ...{ state: "active", lastRunAt: null, lastDueAt: null, lastResult: null, feed: null },
      });
      expect(await store.schedules.get(fresh.id, "ada")).toEqual(schedule);
      expect(await store.schedules.get(fresh.id, null)).toEqual(schedule);
      expect(await store.schedules.get(fresh.id, "bob")).toBeNull();
      const locked = await store.transaction((tx) => tx.schedules.lock(fresh.id, "ada"));
      expect(locked?.schedule).toEqual(schedule);
      expect(await store.transaction((tx) => tx.schedules.lock(fresh.id, "bob"))).toBeNull();
    });

    test("are listed page by page, newest first, by state and by owner", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const ids: ScheduleId[] = [];
      for (let count = 0; count < 5; count += 1) {
        ids.unshift((await put(store)).id);
        await fixture.advance(1_000);
      }
      const foreign = await put(store, { owner: "bob" });
      await store.schedules.update(must(ids[1]), { state: "paused", nextRunAt: null });
      const seen: ScheduleId[] = [];
      for (let after: Schedule | undefined; ; ) {
        const page = await store.schedules.list({ owner: "ada", limit: 2, ...(after && { after }) });
        seen.push(...page.map(({ id }) => id));
        after = page.at(-1);
        if (after === undefined) break;
      }
      expect(seen).toEqual(ids);
      const idsOf = (page: readonly Schedule[]) => page.map(({ id }) => id);
      expect(idsOf(await store.schedules.list({ owner: "ada", state: "paused", limit: 10 }))).toEqual([must(ids[1])]);
      expect(idsOf(await store.schedules.list({ owner: null, limit: 1 }))).toEqual([foreign.id]);
      expect(await store.schedules.count("ada", 100)).toBe(5);
      expect(await store.schedules.count("ada", 3)).toBe(3);
      expect(await store.schedules.count("eve", 3)).toBe(0);
    });

    test("change in what is given, and keep the rest", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const before = await put(store);
      const changes = {
        ...{ name: "other", runAt: farAhead, cron: null, timeZone: "UTC", state: "paused" as const, nextRunAt: null },
        lastRunAt: new Date("2026-03-01T00:00:00.001Z"),
        lastDueAt: new Date("2026-03-01T00:00:00.002Z"),
        lastResult: {
          ...{ jobId: null, batchId: null, new: 0 },
          error: { code: "quota_exceeded", detail: "Full.", hint: "Wait.", retryable: false },
        },
        feed: { tokenHash: "t", fileHash: "f", createdAt: new Date("2026-03-01T00:00:00.003Z") },
      } as const;
      expect(await store.schedules.update(before.id, changes)).toMatchObject(changes);
      const named = must(await store.schedules.update(before.id, { name: "third" }));
      expect(named).toMatchObject({ ...changes, name: "third", download: before.download });
      expect(await store.schedules.get(before.id, "ada")).toEqual(named);
      expect(must(await store.schedules.update(before.id, { feed: null })).feed).toBeNull();
      expect(await store.schedules.update(newScheduleId(), { name: "none" })).toBeNull();
    });

    test("are deleted by their owner alone", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await put(store);
      expect(await store.schedules.remove(id, "bob")).toBe(false);
      expect(await store.schedules.remove(id, "ada")).toBe(true);
      expect(await store.schedules.remove(id, "ada")).toBe(false);
      expect(await store.schedules.get(id, null)).toBeNull();
    });

    test("are due by the store's clock, the longest due first, page by page", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
      const [late, early, twin] = [
        await put(store, { nextRunAt: at(5) }),
        await put(store, { nextRunAt: at(1) }),
        await put(store, { nextRunAt: at(1) }),
      ];
      await put(store, { nextRunAt: farAhead });
      const paused = await put(store, { nextRunAt: at(0) });
      await store.schedules.update(paused.id, { state: "paused", nextRunAt: null });
      const all = await store.schedules.due(10);
      expect(all.map(({ id }) => id)).toEqual([early.id, twin.id, late.id]);
      const [first] = await store.schedules.due(1);
      expect(first).toEqual({ id: early.id, nextRunAt: at(1) });
      expect((await store.schedules.due(10, first)).map(({ id }) => id)).toEqual([twin.id, late.id]);
      const soon = await put(store, { nextRunAt: new Date(all.length + Date.now() + 3_600_000) });
      expect((await store.schedules.due(10)).map(({ id }) => id)).not.toContain(soon.id);
      await fixture.advance(2 * 3_600_000);
      expect((await store.schedules.due(10)).map(({ id }) => id)).toContain(soon.id);
    });

    test("that ran in the future are told apart, as far as they are active", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [ahead, usual, finished] = [await put(store), await put(store), await put(store)];
      await store.schedules.update(ahead.id, { lastRunAt: farAhead });
      await store.schedules.update(usual.id, { lastRunAt: new Date("2026-01-01T00:00:00Z") });
      await store.schedules.update(finished.id, { lastRunAt: farAhead, state: "finished", nextRunAt: null });
      expect(await store.schedules.ranInFuture(60_000, 10)).toEqual([ahead.id]);
    });

    test("one that is locked is changed by nobody else until the transaction ends", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await put(store, { name: "0" });
      const add = () =>
        store.transaction(async (tx) => {
          const { schedule } = must(await tx.schedules.lock(id, null));
          await tx.schedules.update(id, { name: String(Number(schedule.name) + 1) });
        });
      await Promise.all(Array.from({ length: 8 }, add));
      expect((await store.schedules.get(id, null))?.name).toBe("8");
    });

    test("take each video once, and forget what they took when they are deleted", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const batch = BatchRequest.parse({ source: { url: "https://www.youtube.com/@sample/videos" } });
      const schedule = await put(store, { download: null, batch, onlyNew: true });
      expect(schedule).toMatchObject({ download: null, batch, onlyNew: true });
      const media = (mediaId: string) => ({ extractor: "youtube", mediaId });
      const take = (id: ScheduleId, ...ids: string[]) =>
        store.transaction(async (tx) => {
          await tx.schedules.lock(id, null);
          return (await tx.schedules.take(id, ids.map(media))).map(({ mediaId }) => mediaId);
        });
      expect(await take(schedule.id, "a", "b", "a")).toEqual(["a", "b"]);
      expect(await take(schedule.id, "c", "b")).toEqual(["c"]);
      expect(await take((await put(store)).id, "a")).toEqual(["a"]);
      await store.schedules.remove(schedule.id, null);
      expect(await take(schedule.id, "a")).toEqual(["a"]);
    });

    test("leave with the account that they are of", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const [own, foreign] = [await put(store), await put(store, { owner: "bob" })];
      while ((await store.accounts.erase("ada", 100)) > 0);
      expect(await store.schedules.get(own.id, null)).toBeNull();
      expect(await store.schedules.get(foreign.id, null)).toEqual(foreign);
    });
  });
}
