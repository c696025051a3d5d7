import type { SlotRow, Slots } from "../../accounts/slots.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { heldSlots } from "./account-usage.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The slots in memory. */
export function createMemorySlots(state: MemoryState, decide: Decide): Slots {
  const { slots, accounts } = state;
  const put = ({ owner, kind }: SlotRow, holder: string, held: number, leaseUntil: Date): void => {
    const key = JSON.stringify([owner, kind, holder]);
    if (held === 0) slots.delete(key);
    else slots.set(key, { owner, kind, holder, held, leaseUntil });
  };
  const rowOf = ({ owner, kind }: SlotRow): SlotRow => ({ owner: storableText(owner), kind });

  return {
    take: (given, holder, held, leaseMs) =>
      decide((now) => {
        const row = rowOf(given);
        const allowed = accounts.get(row.owner)?.limits[row.kind] ?? null;
        const used = held + heldSlots(state, row, now, holder);
        if (allowed !== null && used >= allowed) return { limit: row.kind, used, allowed, renewsAt: null };
        put(row, holder, held + 1, later(now, leaseMs));
        return null;
      }),
    put: (row, holder, held, leaseMs) => decide((now) => put(rowOf(row), holder, held, later(now, leaseMs))),
    renew: (owners, holder, leaseMs) =>
      decide((now) => {
        const asked = new Set(owners.map(storableText));
        const own = slots.values().filter((slot) => slot.holder === holder && asked.has(slot.owner));
        for (const slot of own) put(slot, holder, slot.held, later(now, leaseMs));
        return own.map(({ owner, kind }) => ({ owner, kind }));
      }),
    removeExpired: () =>
      decide((now) => {
        const expired = slots.values().filter(({ leaseUntil }) => leaseUntil <= now);
        for (const slot of expired) put(slot, slot.holder, 0, now);
        return expired.length;
      }),
  };
}
