import type { Outbox, OutboxItem, TakenItem } from "../../database/outbox.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The outbox in memory. */
export function createMemoryOutbox({ outbox }: MemoryState, decide: Decide): Outbox {
  const keyOf = (kind: OutboxItem["kind"], name: string): string => `${kind} ${name}`;
  const ofKind = (kind: OutboxItem["kind"]) => outbox.values().filter(({ item }) => item.kind === kind);
  return {
    add: (items) =>
      decide((now) => {
        for (const item of items) {
          const key = keyOf(item.kind, item.name);
          if (outbox.has(key)) continue;
          outbox.set(key, { item, failures: 0, problem: null, createdAt: now, dueAt: now });
        }
      }),
    take: <K extends OutboxItem["kind"]>(kind: K, limit: number, holdMs: number) =>
      decide((now) => {
        const due = ofKind(kind)
          .filter(({ dueAt }) => dueAt <= now)
          .sort((a, b) => Number(a.dueAt) - Number(b.dueAt))
          .slice(0, limit);
        for (const row of due) outbox.set(keyOf(kind, row.item.name), { ...row, dueAt: later(now, holdMs) });
        const taken = due.map(({ item: { name, payload }, failures, createdAt }) => ({
          ...{ name, payload },
          ...{ failures, createdAt },
        }));
        return taken as readonly TakenItem<K>[];
      }),
    remove: (kind, names) =>
      decide(() => {
        for (const name of names) outbox.delete(keyOf(kind, name));
      }),
    postpone: (kind, name, delayMs, problem) =>
      decide((now) => {
        const row = outbox.get(keyOf(kind, name));
        if (row === undefined) return;
        const changes = { failures: row.failures + 1, dueAt: later(now, delayMs), problem: storableText(problem) };
        outbox.set(keyOf(kind, name), { ...row, ...changes });
      }),
    backlog: (kind) =>
      decide(() => {
        const failing = ofKind(kind).filter(({ failures }) => failures > 0);
        const latest = failing.toSorted((a, b) => Number(b.dueAt) - Number(a.dueAt))[0];
        return { waiting: ofKind(kind).length, failing: failing.length, problem: latest?.problem ?? null };
      }),
  };
}
