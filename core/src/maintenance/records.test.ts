import { describe, expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import { memoryStore } from "../adapters/memory/index.ts";
import { backfillHistory } from "./backfill-history.ts";
import { countEnded } from "./count-ended-jobs.ts";
import { removeOldBatches } from "./old-batches.ts";
import { pruneRecords } from "./record-retention.ts";

const batch = 10;

/** A database in memory whose answers to batches are given one after the other. */
function storeWith<T>(answers: readonly T[]) {
  const store = memoryStore({ clock: createHeldClock() });
  const left = [...answers];
  const asked: number[] = [];
  const next = async (size: number): Promise<T> => {
    asked.push(size);
    const answer = left.shift();
    if (answer === undefined) throw new Error("asked for more than there is");
    return answer;
  };
  return { store, next, asked };
}

describe("records of jobs that ended", () => {
  test("are counted until a batch is not full", async () => {
    const { store, next, asked } = storeWith([batch, batch, 3]);
    await countEnded({ database: { ...store, stats: { ...store.stats, countEnded: next } } }, batch);
    expect(asked).toEqual([batch, batch, batch]);
  });

  test("are filled in until there are no more", async () => {
    const { store, next, asked } = storeWith(["more", "more", "done"] as const);
    await backfillHistory({ database: { ...store, history: { ...store.history, backfill: next } } }, batch);
    expect(asked).toHaveLength(3);
  });

  test("leave with their batches, until a part is not full", async () => {
    const { store, next, asked } = storeWith([batch, 3]);
    const kept: number[] = [];
    const removeOld = (keptMs: number, limit: number) => {
      kept.push(keptMs);
      return next(limit);
    };
    const deps = { database: { ...store, batches: { ...store.batches, removeOld } } };
    await removeOldBatches(deps, 60_000, batch, new AbortController().signal);
    expect(asked).toEqual([batch, batch]);
    expect(kept).toEqual([60_000, 60_000]);
  });

  test("are left when the signal aborts in between", async () => {
    const stop = new AbortController();
    const { store, next, asked } = storeWith([batch, batch]);
    const countAndStop = async (size: number) => {
      stop.abort();
      return await next(size);
    };
    const counting = countEnded(
      { database: { ...store, stats: { ...store.stats, countEnded: countAndStop } } },
      batch,
      stop.signal,
    );
    await expect(counting).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });
});

describe("old records", () => {
  const ages = { historyMs: 1_000, auditMs: 2_000, batch };

  test("are deleted batch by batch, each kind by its age", async () => {
    const { store, next } = storeWith([batch, 1, 0]);
    const calls: string[] = [];
    const history = {
      ...store.history,
      prune: async (ms: number, size: number) => {
        calls.push(`history ${ms}`);
        return await next(size);
      },
    };
    const audit = {
      ...store.audit,
      prune: async (ms: number, size: number) => {
        calls.push(`audit ${ms}`);
        return await next(size);
      },
    };
    await pruneRecords({ database: { ...store, history, audit } }, ages);
    expect(calls).toEqual(["history 1000", "history 1000", "audit 2000"]);
  });

  test("of a history that is kept for ever stay", async () => {
    const { store } = storeWith([]);
    const history = { ...store.history, prune: () => Promise.reject(new Error("must not be asked")) };
    await pruneRecords({ database: { ...store, history } }, { ...ages, historyMs: null });
  });

  test("of one kind that cannot be deleted keep none of the others", async () => {
    const { store } = storeWith([]);
    let pruned = 0;
    const history = { ...store.history, prune: () => Promise.reject(new Error("locked")) };
    const audit = {
      ...store.audit,
      prune: async () => {
        pruned += 1;
        return 0;
      },
    };
    await expect(pruneRecords({ database: { ...store, history, audit } }, ages)).rejects.toThrow();
    expect(pruned).toBe(1);
  });
});
