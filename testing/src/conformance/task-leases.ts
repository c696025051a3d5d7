import type { DatabaseSuite } from "./database/fixture.ts";

const [one, two] = ["wrk_one", "wrk_two"] as const;

/** What every `TaskLeases` must do. */
export function taskLeasesConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("task leases", () => {
    test("of many that want to lead a task at the same time, one does", async () => {
      await using fixture = await create();
      const { taskLeases } = fixture.store;
      const holders = Array.from({ length: 20 }, (_, i) => `wrk_${i}`);
      const held = await Promise.all(holders.map((holder) => taskLeases.hold({ task: "t", holder, leaseMs: 60_000 })));
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
      const hold = (holder: string) => taskLeases.hold({ task: "t", holder, leaseMs: 60_000 });
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
      await taskLeases.hold({ task: "a", holder: one, leaseMs: 60_000 });
      await taskLeases.hold({ task: "b", holder: one, leaseMs: 60_000 });
      await taskLeases.hold({ task: "c", holder: two, leaseMs: 60_000 });
      await taskLeases.release(one);
      await taskLeases.release("wrk_unknown");
      expect((await taskLeases.list()).map(({ task, remainingMs }) => [task, remainingMs > 0])).toEqual([
        ["a", false],
        ["b", false],
        ["c", true],
      ]);
      expect(await taskLeases.hold({ task: "a", holder: two, leaseMs: 60_000 })).toBe(true);
      expect(await taskLeases.hold({ task: "c", holder: one, leaseMs: 60_000 })).toBe(false);
    });

    test("keeps what the leader reported, through later leases and leaders, until the next report", async () => {
      await using fixture = await create();
      const { taskLeases } = fixture.store;
      const report = { status: "warning", detail: "it's\u0000 a \u{1F3AC} \\ %", fix: "Do something." } as const;
      const stored = { ...report, detail: report.detail.replace("\u0000", "") };
      const reported = async () => (await taskLeases.list())[0]?.report;
      await taskLeases.hold({ task: "t", holder: one, leaseMs: 60_000, report });
      expect(await reported()).toEqual(stored);
      await taskLeases.hold({ task: "t", holder: one, leaseMs: 60_000 });
      const refused = { status: "ok", detail: "not mine" } as const;
      expect(await taskLeases.hold({ task: "t", holder: two, leaseMs: 1, report: refused })).toBe(false);
      await fixture.advance(61_000);
      await taskLeases.hold({ task: "t", holder: two, leaseMs: 60_000 });
      expect(await reported()).toEqual(stored);
      await taskLeases.hold({ task: "t", holder: two, leaseMs: 60_000, report: { status: "ok", detail: "fine" } });
      expect(await reported()).toEqual({ status: "ok", detail: "fine" });
    });
  });
}
