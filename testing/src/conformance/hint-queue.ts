import type { Delivery, HintQueue, JobHint, JobId, Priority } from "@vidferry/core";
import type { TestKit } from "./test-kit.ts";

/** A queue under test, empty and with no other users. */
export interface HintQueueFixture extends AsyncDisposable {
  readonly queue: HintQueue;
  /** Makes the queue deliver these, through `offer` and whatever else the adapter needs. */
  put(hints: readonly JobHint[], delayMs?: number): Promise<void>;
  /** What a worker does with deliveries: claims the jobs where jobs are claimed, then acknowledges. */
  settle(deliveries: readonly Delivery[]): Promise<void>;
}

/** What the {@link HintQueue} suite needs. */
export interface HintQueueSuite extends TestKit {
  readonly name: string;
  create(options: { readonly redeliverMs: number }): Promise<HintQueueFixture>;
}

/** A hint for a job of its own. */
export function newHint(lane: Priority = "normal"): JobHint {
  return { jobId: `job_${crypto.randomUUID().replaceAll("-", "")}`, lane };
}

const idsOf = (hints: readonly { readonly jobId: JobId }[]): JobId[] => hints.map((hint) => hint.jobId);
const never = new AbortController().signal;

/** What every {@link HintQueue} must do. */
export function hintQueueConformance({ describe, test, expect, name, create }: HintQueueSuite): void {
  describe(`hint queue: ${name}`, () => {
    const open = (redeliverMs = 60_000) => create({ redeliverMs });
    const receiveAll = async (fixture: HintQueueFixture, count: number): Promise<Delivery[]> => {
      const all: Delivery[] = [];
      while (all.length < count) {
        const some = await fixture.queue.receive({ max: count, waitMs: 10_000, signal: never });
        if (some.length === 0) break;
        all.push(...some);
        await fixture.settle(some);
      }
      return all;
    };

    test("delivers a hint that was offered before anybody asked", async () => {
      await using fixture = await open();
      const hint = newHint();
      await fixture.put([hint]);
      const deliveries = await fixture.queue.receive({ max: 5, waitMs: 10_000, signal: never });
      expect(deliveries).toMatchObject([hint]);
    });

    test("wakes a receiver that waits", async () => {
      await using fixture = await open();
      const receiving = fixture.queue.receive({ max: 5, waitMs: 60_000, signal: never });
      const hint = newHint();
      await fixture.put([hint]);
      expect(await receiving).toMatchObject([hint]);
    });

    test("takes no more than it is asked for", async () => {
      await using fixture = await open();
      await fixture.put([newHint(), newHint(), newHint()]);
      expect(await fixture.queue.receive({ max: 2, waitMs: 10_000, signal: never })).toHaveLength(2);
      expect(await fixture.queue.receive({ max: 2, waitMs: 10_000, signal: never })).toHaveLength(1);
    });

    test("delivers high before normal before low, whatever came first", async () => {
      await using fixture = await open();
      const hints = (["low", "normal", "high", "low", "high"] as const).map(newHint);
      for (const hint of hints) await fixture.put([hint]);
      const order: Priority[] = [];
      for (let i = 0; i < hints.length; i += 2) {
        const some = await fixture.queue.receive({ max: 2, waitMs: 10_000, signal: never });
        order.push(...some.map((delivery) => delivery.lane));
        await fixture.settle(some);
      }
      expect(order).toEqual(["high", "high", "normal", "low", "low"]);
    });

    test("comes back empty when the time is up", async () => {
      await using fixture = await open();
      expect(await fixture.queue.receive({ max: 1, waitMs: 30, signal: never })).toEqual([]);
    });

    test("comes back empty when the receiver gives up, also when it had given up before", async () => {
      await using fixture = await open();
      const giveUp = new AbortController();
      const receiving = fixture.queue.receive({ max: 1, waitMs: 600_000, signal: giveUp.signal });
      giveUp.abort();
      expect(await receiving).toEqual([]);
      expect(await fixture.queue.receive({ max: 1, waitMs: 600_000, signal: giveUp.signal })).toEqual([]);
      const hint = newHint();
      await fixture.put([hint]);
      expect(await receiveAll(fixture, 1)).toMatchObject([hint]);
    });

    test("gives each hint to one of many receivers", async () => {
      await using fixture = await open();
      const hints = Array.from({ length: 200 }, () => newHint());
      const seen: JobId[] = [];
      const receiver = async (): Promise<void> => {
        while (seen.length < hints.length) {
          const some = await fixture.queue.receive({ max: 7, waitMs: 100, signal: never });
          seen.push(...idsOf(some));
          await fixture.settle(some);
        }
      };
      const receivers = [receiver(), receiver(), receiver()];
      await Promise.all(hints.map((hint) => fixture.put([hint])));
      await Promise.all(receivers);
      expect(seen.sort()).toEqual(idsOf(hints).sort());
    });

    test("holds a delayed hint back until it is due, and delivers in the order of the due times", async () => {
      await using fixture = await open();
      const [late, early, now] = [newHint(), newHint(), newHint()];
      const dueAt = new Map<JobId, number>();
      for (const [hint, delayMs] of [
        [late, 900],
        [early, 150],
        [now, 0],
      ] as const) {
        dueAt.set(hint.jobId, Date.now() + delayMs);
        await fixture.put([hint], delayMs);
      }
      const order: JobId[] = [];
      while (order.length < 3) {
        const some = await fixture.queue.receive({ max: 5, waitMs: 20_000, signal: never });
        for (const { jobId } of some) {
          order.push(jobId);
          // Clocks count in whole milliseconds.
          expect(Date.now()).toBeGreaterThanOrEqual((dueAt.get(jobId) ?? 0) - 2);
        }
        await fixture.settle(some);
      }
      expect(order).toEqual(idsOf([now, early, late]));
    });

    test("delivers again what was not acknowledged", async () => {
      await using fixture = await open(100);
      const hint = newHint("low");
      await fixture.put([hint]);
      const [first] = await fixture.queue.receive({ max: 1, waitMs: 10_000, signal: never });
      const [second] = await fixture.queue.receive({ max: 1, waitMs: 20_000, signal: never });
      expect(first).toMatchObject(hint);
      expect(second).toMatchObject(hint);
    });

    test("does not deliver again what was acknowledged", async () => {
      await using fixture = await open(50);
      await fixture.put([newHint(), newHint()]);
      expect(await receiveAll(fixture, 2)).toHaveLength(2);
      expect(await fixture.queue.receive({ max: 5, waitMs: 300, signal: never })).toEqual([]);
    });

    test("delivers a job again that is offered again after it was acknowledged", async () => {
      await using fixture = await open();
      const hint = newHint();
      await fixture.put([hint]);
      await receiveAll(fixture, 1);
      await fixture.put([hint]);
      expect(await fixture.queue.receive({ max: 1, waitMs: 10_000, signal: never })).toMatchObject([hint]);
    });

    test("takes an acknowledgement twice, and an empty offer", async () => {
      await using fixture = await open();
      await fixture.queue.offer([]);
      await fixture.put([newHint()]);
      const deliveries = await fixture.queue.receive({ max: 1, waitMs: 10_000, signal: never });
      await fixture.settle(deliveries);
      await fixture.queue.acknowledge(deliveries);
      expect(await fixture.queue.depth()).toEqual({ high: 0, normal: 0, low: 0 });
    });

    test("counts what waits by lane, without what is delivered", async () => {
      await using fixture = await open();
      expect(await fixture.queue.depth()).toEqual({ high: 0, normal: 0, low: 0 });
      await fixture.put([newHint("high"), newHint("high"), newHint("low")]);
      expect(await fixture.queue.depth()).toEqual({ high: 2, normal: 0, low: 1 });
      await fixture.queue.receive({ max: 1, waitMs: 10_000, signal: never });
      expect(await fixture.queue.depth()).toEqual({ high: 1, normal: 0, low: 1 });
    });

    test("reports no warnings about a service that is set up well", async () => {
      await using fixture = await open();
      expect(await fixture.queue.check()).toEqual([]);
    });

    test("ends receives that wait when it closes, and stays closed", async () => {
      await using fixture = await open();
      const receiving = fixture.queue.receive({ max: 1, waitMs: 600_000, signal: never });
      await fixture.queue.close();
      expect(await receiving).toEqual([]);
      expect(await fixture.queue.receive({ max: 1, waitMs: 600_000, signal: never })).toEqual([]);
      await expect(fixture.queue.offer([newHint()])).rejects.toMatchObject({ code: "unavailable" });
      await fixture.queue.close();
    });
  });
}
