import type { TaskHold } from "@vidferry/core";
import type { DatabaseSuite } from "./database/fixture.ts";

const [one, two] = ["wrk_one", "wrk_two"] as const;

/** What every `TaskLeases` must do. */
export function taskLeasesConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("task leases", () => {
    test("of many that want to lead a task at the same time, one does", async () => {
      await using fixture = await create();
      const { taskLeases } = fixture.store;
      const holders = Array.from({ length: 20 }, (_, i) => `wrk_${i}`);
      const held = await Promise.all(
        holders.map(async (holder) => (await taskLeases.hold(holder, [{ task: "t", leaseMs: 60_000 }])).has("t")),
      );
      expect(held.filter(Boolean)).toHaveLength(1);
      const [lease, ...more] = await taskLeases.list();
      expect(more).toEqual([]);
      expect(lease).toMatchObject({ task: "t", holder: holders[held.indexOf(true)] as string, report: null });
      expect(lease?.remainingMs).toBeGreaterThan(50_000);
      expect(lease?.remainingMs).toBeLessThanOrEqual(60_000);
    });

    test("the leader goes on leading, and nobody else before its lease ran out", async () => {
      await using fixture = await create();
      const { taskLeases } = fixture.store;
      const hold = async (holder: string) => (await taskLeases.hold(holder, [{ task: "t", leaseMs: 60_000 }])).has("t");
      expect(await hold(one)).toBe(true);
      await fixture.advance(50_000);
      expect(await hold(one)).toBe(true);
      await fixture.advance(50_000);
      expect(await hold(two)).toBe(false);
      await fixture.advance(11_000);
      expect(await taskLeases.list()).toMatchObject([{ holder: one, remainingMs: 0 }]);
      expect(await hold(two)).toBe(true);
      expect(await hold(one)).toBe(false);
    });

    test("one that leaves hands over at once all that it leads, and nothing of others", async () => {
      await using fixture = await create();
      const { taskLeases } = fixture.store;
      const [a, b, c] = ["a", "b", "c"].map((task) => ({ task, leaseMs: 60_000 })) as [TaskHold, TaskHold, TaskHold];
      await taskLeases.hold(one, [a, b]);
      await taskLeases.hold(two, [c]);
      await taskLeases.release(one);
      await taskLeases.release("wrk_unknown");
      expect((await taskLeases.list()).map(({ task, remainingMs }) => [task, remainingMs > 0])).toEqual([
        ["a", false],
        ["b", false],
        ["c", true],
      ]);
      expect(await taskLeases.hold(two, [a])).toEqual(new Set(["a"]));
      expect(await taskLeases.hold(one, [c])).toEqual(new Set());
    });

    test("many leases are taken and extended in one call, each for its own time, without those of others", async () => {
      await using fixture = await create();
      const { taskLeases } = fixture.store;
      const held = { task: "b", leaseMs: 60_000 };
      const report = { status: "warning", detail: "slow", fix: "Look." } as const;
      await taskLeases.hold(two, [held]);
      expect(await taskLeases.hold(one, [])).toEqual(new Set());
      const wanted = [{ task: "c", leaseMs: 100_000.5 }, held, { task: "a", leaseMs: 10_000, report }];
      expect(await taskLeases.hold(one, wanted)).toEqual(new Set(["a", "c"]));
      await fixture.advance(9_000);
      expect(await taskLeases.hold(one, [{ task: "a", leaseMs: 10_000 }])).toEqual(new Set(["a"]));
      await fixture.advance(9_000);
      expect(await taskLeases.list()).toMatchObject([
        { task: "a", holder: one, report },
        { task: "b", holder: two, report: null },
        { task: "c", holder: one, report: null },
      ]);
      expect(await taskLeases.hold(two, wanted)).toEqual(new Set(["b"]));
      await fixture.advance(2_000);
      expect(await taskLeases.hold(two, wanted)).toEqual(new Set(["a", "b"]));
    });

    test("processes that want the same leases in different orders do not stop each other", async () => {
      await using fixture = await create();
      const { taskLeases } = fixture.store;
      const tasks = Array.from({ length: 20 }, (_, i) => `task ${i}`);
      const holds = tasks.map((task) => ({ task, leaseMs: 60_000 }));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => taskLeases.hold(`wrk_${i}`, i % 2 === 0 ? holds : holds.toReversed())),
      );
      expect(answers.flatMap((held) => [...held]).sort()).toEqual(tasks.toSorted());
    });

    test("keeps what the leader reported, through later leases and leaders, until the next report", async () => {
      await using fixture = await create();
      const { taskLeases } = fixture.store;
      const report = { status: "warning", detail: "it's\u0000 a \u{1F3AC} \\ %", fix: "Do something." } as const;
      const stored = { ...report, detail: report.detail.replace("\u0000", "") };
      const reported = async () => (await taskLeases.list())[0]?.report;
      const t = { task: "t", leaseMs: 60_000 };
      await taskLeases.hold(one, [{ ...t, report }]);
      expect(await reported()).toEqual(stored);
      await taskLeases.hold(one, [t]);
      const refused = { status: "ok", detail: "not mine" } as const;
      expect(await taskLeases.hold(two, [{ task: "t", leaseMs: 1, report: refused }])).toEqual(new Set());
      await fixture.advance(61_000);
      await taskLeases.hold(two, [t]);
      expect(await reported()).toEqual(stored);
      await taskLeases.hold(two, [{ ...t, report: { status: "ok", detail: "fine" } }]);
      expect(await reported()).toEqual({ status: "ok", detail: "fine" });
    });
  });
}
