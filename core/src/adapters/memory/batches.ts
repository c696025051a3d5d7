import { type Batch, type BatchEntry, isBatchOver } from "../../batches/batch.ts";
import type { Batches, ExpansionRef } from "../../batches/batches.ts";
import { type ChildCounts, countedBatch } from "../../batches/counts.ts";
import { deliveriesOfBatches } from "../../batches/deliveries-of-batches.ts";
import { storableText, storedCopy } from "../../jobs/rules/storable.ts";
import { isTerminal, type JobState } from "../../jobs/states.ts";
import type { BatchId } from "../../runtime/ids.ts";
import { addDeliveries } from "./deliveries.ts";
import { compare } from "./job-query.ts";
import { allJobs, type BatchRow, type Decide, later, type MemoryState } from "./state.ts";

/** The batches in memory. */
export function createMemoryBatches(state: MemoryState, decide: Decide): Batches {
  const { batches } = state;
  const find = (id: BatchId, owner: string | null): BatchRow | undefined => {
    const row = batches.get(id);
    return row && (owner === null || row.batch.owner === storableText(owner)) ? row : undefined;
  };
  const held = ({ id, expansion }: ExpansionRef): BatchRow | undefined => {
    const row = batches.get(id);
    return row?.batch.expansion === expansion && row.batch.state === "expanding" ? row : undefined;
  };
  const change = (row: BatchRow, now: Date, changes: Partial<Batch>, rest: Partial<BatchRow> = {}): Batch => {
    const batch = { ...row.batch, ...changes, updatedAt: now };
    batches.set(batch.id, { ...row, ...rest, batch });
    return counted(batch);
  };
  const counted = (batch: BatchRow["batch"]): Batch => ({
    ...batch,
    ...countedBatch(batch, childrenOf(state, batch.id)),
  });
  const entriesOf = (id: BatchId, isWanted: (entry: BatchEntry & { readonly made: boolean }) => boolean) =>
    [...(batches.get(id)?.entries.values() ?? [])].filter(isWanted).sort((a, b) => a.position - b.position);
  const changeEntries = (id: BatchId, entries: BatchRow["entries"]): void => {
    const row = batches.get(id);
    if (row !== undefined) batches.set(id, { ...row, entries });
  };
  const onlySkipped = ({ entries }: BatchRow): BatchRow["entries"] =>
    new Map([...entries].filter(([, { skipped }]) => skipped !== null));
  const tellEnd = (ended: readonly Batch[], now: Date): void => {
    const listening = state.webhooks.values().filter(({ disabledAt }) => disabledAt === null);
    addDeliveries(state, deliveriesOfBatches(ended, listening), now);
  };

  return {
    insert: (fresh) =>
      decide((now) => {
        const batch = {
          ...storedCopy(fresh),
          ...{ state: "expanding" as const, error: null, expansion: 0, failures: 0 },
          ...{ createdAt: now, updatedAt: now, finishedAt: null },
        };
        batches.set(batch.id, { batch, dueAt: now, entries: new Map() });
        return counted(batch);
      }),

    get: (id, owner) =>
      decide(() => {
        const row = find(id, owner);
        return row === undefined ? null : counted(row.batch);
      }),

    list: ({ owner, states, scheduleId, after, limit }) =>
      decide(() =>
        batches
          .values()
          .map(({ batch }) => batch)
          .filter((batch) => owner === null || batch.owner === storableText(owner))
          .filter((batch) => states?.includes(batch.state) ?? true)
          .filter((batch) => scheduleId === undefined || batch.scheduleId === scheduleId)
          .filter((batch) => after === undefined || newestFirst(after, batch) < 0)
          .sort(newestFirst)
          .slice(0, limit)
          .map(counted),
      ),

    remove: (id, owner) =>
      decide(() => {
        if (find(id, owner) === undefined) return false;
        batches.delete(id);
        return true;
      }),

    removeOld: (keptMs, limit) =>
      decide((now) => {
        const used = new Set(allJobs(state).map(({ batchId }) => batchId));
        const old = batches
          .values()
          .filter(({ batch: { finishedAt } }) => finishedAt !== null && finishedAt <= later(now, -keptMs))
          .filter(({ batch }) => !used.has(batch.id))
          .slice(0, limit);
        for (const { batch } of old) batches.delete(batch.id);
        return old.length;
      }),

    claim: (leaseMs) =>
      decide((now) => {
        const [due] = batches
          .values()
          .filter(({ batch }) => batch.state === "expanding")
          .filter(({ dueAt }) => dueAt <= now || dueAt > later(now, furthestDueMs))
          .sort((a, b) => Number(a.dueAt) - Number(b.dueAt));
        if (due === undefined) return null;
        const batch = { ...due.batch, expansion: due.batch.expansion + 1 };
        batches.set(batch.id, { ...due, batch, dueAt: later(now, leaseMs) });
        return counted(batch);
      }),

    hold: (ref, leaseMs) =>
      decide((now) => {
        const row = held(ref);
        if (row !== undefined) batches.set(ref.id, { ...row, dueAt: later(now, leaseMs) });
        return row !== undefined;
      }),

    expanded: (ref, changes) =>
      decide((now) => {
        const row = held(ref);
        if (row !== undefined) change(row, now, storedCopy(changes));
      }),

    postpone: (ref, delayMs) =>
      decide((now) => {
        const row = held(ref);
        if (row !== undefined) batches.set(ref.id, { ...row, dueAt: later(now, delayMs) });
      }),

    addEntries: (id, entries) =>
      decide(() => {
        const all = new Map(batches.get(id)?.entries);
        const added = entries.filter((entry) => {
          const key = storableText(entry.key);
          if (all.has(key)) return false;
          all.set(key, { ...storedCopy(entry), made: false });
          return true;
        });
        changeEntries(id, all);
        return added;
      }),

    waiting: (id, limit) =>
      decide(() =>
        entriesOf(id, ({ made, skipped }) => !made && skipped === null)
          .slice(0, limit)
          .map(toEntry),
      ),

    markMade: (id, entries) =>
      decide(() => {
        const all = new Map(batches.get(id)?.entries);
        for (const { key } of entries) {
          const entry = all.get(storableText(key));
          if (entry !== undefined) all.set(storableText(key), { ...entry, made: true });
        }
        changeEntries(id, all);
      }),

    countMade: (id) => decide(() => entriesOf(id, ({ made }) => made).length),

    dropWaiting: (id) =>
      decide(() => {
        const all = batches.get(id)?.entries ?? new Map();
        changeEntries(id, new Map([...all].filter(([, { made, skipped }]) => made || skipped !== null)));
      }),

    skipped: (id, limit, after = Number.NEGATIVE_INFINITY) =>
      decide(() =>
        entriesOf(id, ({ skipped, position }) => skipped !== null && position > after)
          .slice(0, limit)
          .map(toEntry),
      ),

    cancel: (id, owner) =>
      decide((now) => {
        const row = find(id, owner);
        if (row === undefined || isBatchOver(row.batch.state)) return null;
        const changes = { state: "canceled", error: null, finishedAt: now } as const;
        const ended = change(row, now, changes, { entries: onlySkipped(row) });
        tellEnd([ended], now);
        return counted(ended);
      }),

    reopen: (id, owner) =>
      decide((now) => {
        const row = find(id, owner);
        if (row === undefined) return null;
        const goesOn = row.batch.error !== null || row.batch.state === "expanding";
        const changes = {
          state: goesOn ? "expanding" : "running",
          error: null,
          failures: 0,
          finishedAt: null,
        } as const;
        return change(row, now, changes, { dueAt: now });
      }),

    settle: (limit) =>
      decide((now) => {
        const over = batches
          .values()
          .filter(({ batch }) => batch.state === "running" && !hasUnfinished(state, batch.id))
          .slice(0, limit);
        const ended = over.map((row) => {
          const isWhole = row.batch.error === null;
          const changes = { state: isWhole ? "finished" : "failed", finishedAt: now } as const;
          return change(row, now, changes, isWhole ? { entries: onlySkipped(row) } : {});
        });
        tellEnd(ended, now);
        return ended;
      }),
  };
}

/** Nothing is due later than this: what seems so was written while the clock was ahead. */
const furthestDueMs = 86_400_000;

const newestFirst = (a: Pick<Batch, "createdAt" | "id">, b: Pick<Batch, "createdAt" | "id">): number =>
  Number(b.createdAt) - Number(a.createdAt) || compare(b.id, a.id);

const toEntry = ({ made: _, ...entry }: BatchEntry & { readonly made: boolean }): BatchEntry => entry;

const hasUnfinished = (state: MemoryState, id: BatchId): boolean =>
  allJobs(state).some((job) => job.batchId === id && !isTerminal(job.state));

function childrenOf(state: MemoryState, id: BatchId): ChildCounts {
  const states: Partial<Record<JobState, number>> = {};
  let [percent, downloadedBytes, waiting, skipped] = [0, 0, 0, 0];
  for (const job of allJobs(state)) {
    if (job.batchId !== id) continue;
    states[job.state] = (states[job.state] ?? 0) + 1;
    if (!isTerminal(job.state)) percent += job.progress.percent ?? 0;
    downloadedBytes += job.progress.downloadedBytes ?? 0;
  }
  for (const entry of state.batches.get(id)?.entries.values() ?? []) {
    if (entry.skipped !== null) skipped += 1;
    else if (!entry.made) waiting += 1;
  }
  return { states, percent, downloadedBytes, waiting, skipped };
}
