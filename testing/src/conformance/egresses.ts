import { type EgressId, freshCondition, type NewEgress } from "@vidferry/core";
import { anError, attemptOf, byWorker, type DatabaseSuite, must, started } from "./database/fixture.ts";

let serial = 0;

/** An egress to insert. */
function newEgress(changes: Partial<NewEgress> = {}): NewEgress {
  serial += 1;
  const id: EgressId = `egr_${serial.toString(16).padStart(32, "0")}`;
  return {
    ...{ id, name: `egress ${serial}`, pool: null, enabled: true, proxy: null, cookies: null },
    ...{ cookiesUse: "needed", resolvesPerHour: 10, spacingSeconds: 1.5, hosts: ["youtube.com"] },
    ...changes,
  };
}

/** What every `StoredEgresses` must do, and every store for jobs that wait for one. */
export function egressesConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("egresses", () => {
    test("are read as they were put in, without their secrets, at the store's time", async () => {
      await using fixture = await create();
      const { egresses } = fixture.store;
      expect((await egresses.read()).egresses).toEqual([]);
      expect((await egresses.read()).now.getTime()).toBeGreaterThan(0);
      const fresh = newEgress({ pool: "homes", proxy: "sealed proxy", cookies: "sealed cookies" });
      const { cookies: _, ...settings } = fresh;
      const expected = {
        ...{ ...settings, condition: freshCondition, version: 0 },
        cookies: { version: 1, checkedAt: null, valid: null },
      };
      expect(await egresses.insert(fresh)).toMatchObject(expected);
      await fixture.advance(60_000);
      const view = await egresses.read();
      expect(view.egresses).toHaveLength(1);
      expect(view.egresses[0]).toMatchObject(expected);
      const age = view.now.getTime() - must(view.egresses[0]).createdAt.getTime();
      expect(age).toBeGreaterThanOrEqual(60_000);
      expect(JSON.stringify(view)).not.toContain("sealed cookies");
    });

    test("have names of their own", async () => {
      await using fixture = await create();
      const { egresses } = fixture.store;
      const [one, other] = [newEgress({ name: "one" }), newEgress({ name: "other" })];
      await egresses.insert(one);
      await egresses.insert(other);
      await expect(egresses.insert(newEgress({ name: "one" }))).rejects.toMatchObject({ code: "invalid_request" });
      await expect(egresses.update(other.id, { name: "one" })).rejects.toMatchObject({ code: "invalid_request" });
      expect(await egresses.update(one.id, { name: "one", enabled: false })).toMatchObject({ enabled: false });
      expect((await egresses.read()).egresses).toHaveLength(2);
    });

    test("change and go", async () => {
      await using fixture = await create();
      const { egresses } = fixture.store;
      const { id } = await egresses.insert(newEgress());
      const patch = { pool: "p", hosts: [], resolvesPerHour: null, spacingSeconds: 0, proxy: "other" };
      expect(await egresses.update(id, patch)).toMatchObject(patch);
      expect(await egresses.remove(id)).toBe(true);
      expect(await egresses.remove(id)).toBe(false);
      expect(await egresses.update(id, patch)).toBeNull();
    });

    test("take a new condition from one of those who have read the old one, however many want to write", async () => {
      await using fixture = await create();
      const { egresses } = fixture.store;
      const { id, version } = await egresses.insert(newEgress());
      const writers = Array.from({ length: 10 }, (_, count) =>
        egresses.writeCondition(id, version, { ...freshCondition, usedAt: count + 1 }),
      );
      expect((await Promise.all(writers)).filter(Boolean)).toHaveLength(1);
      const [egress] = (await egresses.read()).egresses;
      expect(egress).toMatchObject({ version: version + 1 });
      expect(await egresses.writeCondition(id, version, freshCondition)).toBe(false);
      await egresses.remove(id);
      expect(await egresses.writeCondition(id, version + 1, freshCondition)).toBe(false);
    });

    test("keep a condition through a change of their settings", async () => {
      await using fixture = await create();
      const { egresses } = fixture.store;
      const { id } = await egresses.insert(newEgress());
      const condition = { ...freshCondition, uses: [[1, 2] as const], usedAt: 7 };
      expect(await egresses.writeCondition(id, 0, condition)).toBe(true);
      expect(await egresses.update(id, { enabled: false })).toMatchObject({ condition, version: 1 });
    });

    test("take changed cookies over those that were read, and nothing over others", async () => {
      await using fixture = await create();
      const { egresses } = fixture.store;
      const { id } = await egresses.insert(newEgress({ cookies: "one" }));
      expect(await egresses.cookies(id)).toEqual({ sealed: "one", version: 1 });
      expect(await egresses.markCookies(id, 1, true)).toBe(true);
      const version = must(await egresses.replaceCookies(id, 1, "two"));
      expect(await egresses.replaceCookies(id, 1, "late")).toBeNull();
      expect(await egresses.cookies(id)).toEqual({ sealed: "two", version });
      expect((await egresses.read()).egresses[0]?.cookies).toMatchObject({ version, valid: true });
      expect(await egresses.markCookies(id, 1, false)).toBe(false);
      // An operator's new cookies are unchecked.
      const renewed = must(await egresses.update(id, { cookies: "three" })).cookies;
      expect(renewed).toMatchObject({ checkedAt: null, valid: null });
      expect(await egresses.replaceCookies(id, version, "late")).toBeNull();
      expect(await egresses.update(id, { cookies: null })).toMatchObject({ cookies: null });
      expect(await egresses.cookies(id)).toBeNull();
      expect(await egresses.replaceCookies(id, must(renewed).version + 1, "late")).toBeNull();
    });

    test("are changed in a transaction or not at all", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const { id } = await store.egresses.insert(newEgress());
      const undone = store.transaction(async (tx) => {
        await tx.egresses.writeCondition(id, 0, { ...freshCondition, usedAt: 1 });
        throw new Error("undo");
      });
      await expect(undone).rejects.toThrow();
      expect((await store.egresses.read()).egresses[0]).toMatchObject({ version: 0 });
    });
  });

  describe("jobs that wait for an egress", () => {
    const waiting = { reason: "egress", detail: "The egress homes is held back." } as const;

    test("say so until their time has come, and are counted so", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await started(store);
      const wait = { error: null, delayMs: 60_000, countsAsFailure: false, waiting };
      expect(await store.attempts.requeue(attemptOf(job), wait)).toMatchObject({
        state: "queued",
        waiting,
        failures: 0,
      });
      expect(await store.jobs.get(job.id, null)).toMatchObject({ waiting });
      expect(await store.queueStates.read(10)).toMatchObject({
        waiting: { egress: 1 },
        lanes: { normal: { depth: 0 } },
      });
      await fixture.advance(61_000);
      const [again] = await store.attempts.claim([job.id], byWorker);
      await store.attempts.requeue(attemptOf(must(again)), { error: anError, delayMs: 60_000, countsAsFailure: true });
      expect(await store.jobs.get(job.id, null)).toMatchObject({ waiting: null });
    });

    test("go on at once when their wait is ended, and others that pause do not", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const later = { delayMs: 3_600_000, countsAsFailure: false };
      const [first, second, other] = [await started(store), await started(store), await started(store)];
      await store.attempts.requeue(attemptOf(first), { error: null, ...later, waiting });
      await store.attempts.requeue(attemptOf(second), { error: null, ...later, delayMs: 7_200_000, waiting });
      await store.attempts.requeue(attemptOf(other), { error: anError, ...later });
      expect(await store.dispatch.endWaiting("egress", 1)).toEqual([{ jobId: first.id, lane: "normal" }]);
      expect(await store.jobs.get(first.id, null)).toMatchObject({ nextAttemptAt: null, waiting: null });
      expect(await store.dispatch.endWaiting("egress", 10)).toEqual([{ jobId: second.id, lane: "normal" }]);
      expect(await store.dispatch.endWaiting("egress", 10)).toEqual([]);
      expect((await store.jobs.get(other.id, null))?.nextAttemptAt).not.toBeNull();
      const claimed = await store.attempts.claimNext(10, byWorker);
      expect(claimed.map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted());
    });
  });
}
