import type { WorkerBeat } from "@vidferry/core";
import { attemptOf, byWorker, type DatabaseSuite, started } from "./database/fixture.ts";

const beatOf = (number: number, more: Partial<WorkerBeat> = {}): WorkerBeat => ({
  id: `wrk_${number.toString(16).padStart(32, "0")}`,
  name: `worker-${number}`,
  ...{ host: "host-1", pid: 4_000 + number, version: "1.2.3", concurrency: 2, freeBytes: 5_000_000_000 },
  engine: { ytDlp: "2026.10.26", ffmpeg: null },
  ...{ standalone: true, draining: false },
  ...more,
});

const goneAfterMs = 15_000;

/** What every `Workers` must do. */
export function workersConformance({ describe, test, expect, create }: DatabaseSuite): void {
  describe("workers", () => {
    test("are known by what they say of themselves, with the attempts that they run", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const beat = beatOf(1, { name: byWorker.worker });
      expect(await store.workers.beat(beat)).toEqual({ drain: false });
      const job = await started(store);
      const over = await started(store);
      await store.attempts.fail(attemptOf(over), {
        ...{ code: "network_error", detail: "", hint: "", retryable: true },
      });
      const [worker, ...more] = await store.workers.list(goneAfterMs);
      const { draining: _, ...said } = beat;
      expect(more).toEqual([]);
      expect(worker).toMatchObject({ ...said, state: "active", drainRequestedAt: null });
      expect(worker?.running).toMatchObject([{ jobId: job.id, attempt: 1 }]);
      expect(worker?.seenAt).toEqual(worker?.startedAt);
    });

    test("are told to drain with their next heartbeat, and show that they do", async () => {
      await using fixture = await create();
      const { workers } = fixture.store;
      await workers.beat(beatOf(1));
      expect(await workers.drain(beatOf(1).id, goneAfterMs)).toBe("asked");
      const [{ drainRequestedAt } = { drainRequestedAt: null }] = await workers.list(goneAfterMs);
      expect(drainRequestedAt).toBeInstanceOf(Date);
      await fixture.advance(1_000);
      expect(await workers.drain(beatOf(1).id, goneAfterMs)).toBe("asked");
      expect(await workers.beat(beatOf(1, { draining: true }))).toEqual({ drain: true });
      expect(await workers.list(goneAfterMs)).toMatchObject([{ state: "draining" }]);
      await workers.leave(beatOf(1).id);
      expect(await workers.list(goneAfterMs)).toMatchObject([{ state: "gone", running: [] }]);
    });

    test("that nobody can tell are not told: unknown ones, silent ones, and those that share their process", async () => {
      await using fixture = await create();
      const { workers } = fixture.store;
      await workers.beat(beatOf(1));
      await workers.beat(beatOf(2, { standalone: false }));
      expect(await workers.drain(beatOf(3).id, goneAfterMs)).toBe("not_found");
      expect(await workers.drain(beatOf(2).id, goneAfterMs)).toBe("not_standalone");
      await fixture.advance(goneAfterMs + 1);
      expect(await workers.drain(beatOf(1).id, goneAfterMs)).toBe("gone");
      expect(await workers.beat(beatOf(1))).toEqual({ drain: false });
    });

    test("that are not heard of are gone, come back when they are, and vanish after a time", async () => {
      await using fixture = await create();
      const { workers } = fixture.store;
      await workers.beat(beatOf(1));
      await fixture.advance(10_000);
      await workers.beat(beatOf(2));
      await fixture.advance(10_000);
      const states = async () => (await workers.list(goneAfterMs)).map(({ name, state }) => [name, state]);
      expect(await states()).toEqual([
        ["worker-2", "active"],
        ["worker-1", "gone"],
      ]);
      await workers.beat(beatOf(1));
      expect(await states()).toEqual([
        ["worker-2", "active"],
        ["worker-1", "active"],
      ]);
      await fixture.advance(10_000);
      expect(await workers.prune(15_000)).toBe(1);
      expect(await states()).toEqual([["worker-1", "active"]]);
    });
  });
}
