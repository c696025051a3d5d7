import { type DatabaseSuite, must } from "../database/fixture.ts";
import { anAttempt, newDelivery, newWebhook } from "./fixture.ts";

const minute = 60_000;

/** What every {@link Deliveries} must do. */
export function deliveriesConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("deliveries", () => {
    const one = newWebhook();
    const two = newWebhook();

    test("are due at once, and taken once", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      const fresh = newDelivery(one);
      await deliveries.insert([fresh]);
      expect(await deliveries.dueTargets(10)).toEqual([{ target: one.id, owner: "ada" }]);
      const taken = await Promise.all([1, 2, 3].map(() => deliveries.take(one.id, 10, minute)));
      const { target: _, ...shown } = fresh;
      expect(taken.flat()).toMatchObject([{ ...shown, state: "pending", attempts: [], tries: 0, take: 1 }]);
      expect(await deliveries.dueTargets(10)).toEqual([]);
    });

    test("of the ends of very many jobs are written together", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      const many = Array.from({ length: 6_000 }, () => newDelivery(one));
      await deliveries.insert(many);
      await deliveries.insert([]);
      expect((await deliveries.backlog()).due).toBe(many.length);
    });

    test("of one target are taken the longest due first, however many others wait", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      const [early, late, other] = [newDelivery(one), newDelivery(one), newDelivery(two)];
      await deliveries.insert([early]);
      await fixture.advance(10);
      await deliveries.insert([late, other]);
      expect((await deliveries.dueTargets(10)).map(({ target }) => target).sort()).toEqual([one.id, two.id].sort());
      expect(await deliveries.dueTargets(1)).toEqual([{ target: one.id, owner: "ada" }]);
      expect((await deliveries.take(one.id, 1, minute)).map(({ id }) => id)).toEqual([early.id]);
      expect((await deliveries.take(one.id, 1, minute)).map(({ id }) => id)).toEqual([late.id]);
      expect((await deliveries.take(two.id, 5, minute)).map(({ id }) => id)).toEqual([other.id]);
    });

    test("of one target that has thousands hide no other target", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      await deliveries.insert(Array.from({ length: 1_500 }, () => newDelivery(one)));
      await fixture.advance(10);
      await deliveries.insert([newDelivery(two)]);
      expect(await deliveries.dueTargets(10)).toEqual([
        { target: one.id, owner: "ada" },
        { target: two.id, owner: "ada" },
      ]);
      await deliveries.take(one.id, 2_000, minute);
      expect(await deliveries.dueTargets(10)).toEqual([{ target: two.id, owner: "ada" }]);
    });

    test("that a process took and did not record are due again, and its record then changes nothing", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      await deliveries.insert([newDelivery(one)]);
      const [lost] = await deliveries.take(one.id, 1, minute);
      await fixture.advance(minute + 1);
      const [again] = await deliveries.take(one.id, 1, minute);
      expect(again).toMatchObject({ id: lost?.id, take: 2 });
      expect(await deliveries.record(must(lost), { kind: "delivered", attempt: anAttempt(204) })).toBe(false);
      expect(await deliveries.record(must(again), { kind: "delivered", attempt: anAttempt(204) })).toBe(true);
    });

    test("are over once they are delivered or failed, with the log of their attempts", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      await deliveries.insert([newDelivery(one)]);
      const [first] = await deliveries.take(one.id, 1, minute);
      await deliveries.record(must(first), { kind: "retry", attempt: anAttempt(500), delayMs: 5 * minute });
      expect(await deliveries.dueTargets(10)).toEqual([]);
      await fixture.advance(5 * minute + 1);
      const [second] = await deliveries.take(one.id, 1, minute);
      expect(second).toMatchObject({ tries: 1, attempts: [anAttempt(500)] });
      await deliveries.record(must(second), { kind: "delivered", attempt: anAttempt(204) });
      const over = await deliveries.get(must(first).id, one.id);
      expect(over).toMatchObject({ state: "delivered", nextAttemptAt: null, finishedAt: expect.any(Date) });
      expect(over?.attempts).toEqual([anAttempt(500), anAttempt(204)]);
      await fixture.advance(60 * minute);
      expect(await deliveries.dueTargets(10)).toEqual([]);
    });

    test("that were interrupted are due again at once, with nothing in the log", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      await deliveries.insert([newDelivery(one)]);
      const [taken] = await deliveries.take(one.id, 1, minute);
      await deliveries.record(must(taken), { kind: "interrupted" });
      expect(await deliveries.take(one.id, 1, minute)).toMatchObject([{ tries: 0, attempts: [], take: 2 }]);
    });

    test("are replayed from the start, but not while they are being sent", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      const { id } = newDelivery(one);
      await deliveries.insert([newDelivery(one, { id })]);
      const [taken] = await deliveries.take(one.id, 1, minute);
      await deliveries.replay(id, one.id);
      expect(await deliveries.dueTargets(10)).toEqual([]);
      await deliveries.record(must(taken), { kind: "failed", attempt: anAttempt(410) });
      expect(await deliveries.replay(id, two.id)).toBeNull();
      expect(await deliveries.replay(id, one.id)).toMatchObject({ id, state: "pending", tries: 0, finishedAt: null });
      expect(await deliveries.take(one.id, 1, minute)).toMatchObject([{ id, attempts: [anAttempt(410)] }]);
    });

    test("that are being sent while their webhook is disabled are not tried again, and a success counts", async () => {
      await using fixture = await create();
      const { deliveries, webhooks } = fixture.store;
      const { id } = await webhooks.insert(newWebhook());
      const all = Array.from({ length: 3 }, () => newDelivery({ id }));
      await deliveries.insert(all);
      const taken = await deliveries.take(id, 3, minute);
      await webhooks.disable(id, "by_owner");
      const [retried, interrupted, delivered] = taken;
      const retry = { kind: "retry", attempt: anAttempt(500), delayMs: 1 } as const;
      expect(await deliveries.record(must(retried), retry)).toBe(true);
      expect(await deliveries.record(must(interrupted), { kind: "interrupted" })).toBe(true);
      expect(await deliveries.record(must(delivered), { kind: "delivered", attempt: anAttempt(204) })).toBe(true);
      await webhooks.update(id, null, { disabledReason: null });
      await fixture.advance(2 * minute);
      expect(await deliveries.dueTargets(10)).toEqual([]);
      const stateOf = async (one = taken[0]) => await deliveries.get(must(one).id, id);
      expect(await stateOf(retried)).toMatchObject({
        state: "failed",
        nextAttemptAt: null,
        attempts: [anAttempt(500)],
      });
      expect(await stateOf(interrupted)).toMatchObject({ state: "failed", nextAttemptAt: null, attempts: [] });
      expect(await stateOf(delivered)).toMatchObject({ state: "delivered", attempts: [anAttempt(204)] });
    });

    test("are listed newest first, page by page", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      const ids: string[] = [];
      for (let count = 0; count < 5; count += 1) {
        const fresh = newDelivery(one);
        ids.unshift(fresh.id);
        await deliveries.insert([fresh, newDelivery(two)]);
        await fixture.advance(5);
      }
      const first = await deliveries.list(one.id, 3);
      const rest = await deliveries.list(one.id, 3, must(first.at(-1)));
      expect([...first, ...rest].map(({ id }) => id)).toEqual(ids as (typeof first)[number]["id"][]);
    });

    test("that were over long ago are deleted, those that wait never", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      const [old, waiting] = [newDelivery(one), newDelivery(two)];
      await deliveries.insert([old, waiting]);
      const [taken] = await deliveries.take(one.id, 1, minute);
      await deliveries.record(must(taken), { kind: "delivered", attempt: anAttempt(204) });
      expect(await deliveries.removeOld(minute, 10)).toBe(0);
      await fixture.advance(2 * minute);
      expect(await deliveries.removeOld(minute, 10)).toBe(1);
      expect(await deliveries.get(old.id, one.id)).toBeNull();
      expect(await deliveries.get(waiting.id, two.id)).toMatchObject({ state: "pending" });
    });

    test("the backlog counts those that are due, and says since when", async () => {
      await using fixture = await create();
      const { deliveries } = fixture.store;
      expect(await deliveries.backlog()).toEqual({ due: 0, oldestDueMs: 0 });
      await deliveries.insert([newDelivery(one)]);
      await fixture.advance(minute);
      await deliveries.insert([newDelivery(two)]);
      const { due, oldestDueMs } = await deliveries.backlog();
      expect(due).toBe(2);
      expect(oldestDueMs).toBeGreaterThanOrEqual(minute);
    });
  });
}
