import type { MemoryState } from "./state.ts";
import type { Table } from "./table.ts";

/** Deletes all that is kept under an owner's name besides jobs; returns how many rows. */
export function eraseOwner(state: MemoryState, owner: string): number {
  const isIn = (key: string): boolean => (JSON.parse(key) as unknown[])[0] === owner;
  return (
    removeFrom(state.history, (_, { ended }) => ended.owner === owner) +
    removeFrom(state.deliveries, (_, { delivery }) => delivery.owner === owner) +
    removeFrom(state.stats, (_, row) => row.owner === owner) +
    removeFrom(state.webhooks, (_, webhook) => webhook.owner === owner) +
    removeFrom(state.batches, (_, { batch }) => batch.owner === owner) +
    removeFrom(state.webhookSecrets, (key) => key === owner) +
    removeFrom(state.schedules, (_, schedule) => schedule.owner === owner) +
    removeFrom(state.answers, isIn) +
    removeFrom(state.looks, (_, look) => look.owner === owner) +
    removeFrom(state.tickets, (_, { grant }) => grant.owner === owner) +
    removeFrom(state.jobDays, isIn) +
    removeFrom(state.keys, (_, key) => key.owner === owner) +
    removeFrom(state.accounts, (key) => key === owner) +
    forgetInAudit(state, owner)
  );
}

function removeFrom<K, V>(table: Table<K, V>, isOwn: (key: K, row: V) => boolean): number {
  const own = table.entries().filter(([key, row]) => isOwn(key, row));
  for (const [key] of own) table.delete(key);
  return own.length;
}

function forgetInAudit({ audit }: MemoryState, owner: string): number {
  const named = audit.values().filter((entry) => entry.owner === owner || entry.by.owner === owner);
  for (const entry of named) {
    audit.set(entry.id, { ...entry, owner: null, subject: null, detail: {}, by: { ...entry.by, owner: null } });
  }
  return named.length;
}
