import {
  type Accounts,
  type Clock,
  type IdGenerator,
  type Logger,
  noLimits,
  quotaExceeded,
  type SlotKind,
  type SlotRow,
  type Slots,
} from "@vidferry/core";
import { createLookup } from "../../auth/lookup.ts";

/** Holds this process's share of what accounts limit at once. */
export interface SlotHolder {
  /** Takes a slot of the owner and gives what releases it (idempotent). Throws `quota_exceeded`. */
  take(owner: string, kind: SlotKind): Promise<() => void>;
}

/** Dependencies of {@link createSlotHolder}. */
export interface SlotHolderDeps {
  readonly database: { readonly slots: Slots; readonly accounts: Pick<Accounts, "get"> };
  readonly clock: Pick<Clock, "now">;
  readonly ids: IdGenerator;
  readonly logger: Pick<Logger, "warn">;
  /** How long the slots of a process that was killed are missing. */
  readonly leaseMs?: number;
}

/** The slots of an owner that this process has. */
interface Held {
  readonly row: SlotRow;
  count: number;
  /** What the store has for certain; null: not known. */
  stored: number | null;
  /** Statements run one after the other, so that none writes an older number over a newer one. */
  last: Promise<unknown>;
}

/** Owners a statement. */
const atOnce = 500;

/**
 * The store is asked only for owners whose account has such a limit; which do is looked up at most twice a second each. While
 * something is held, a timer renews the leases and writes what could not be written before.
 */
export function createSlotHolder({ database, clock, ids, logger, leaseMs = 15_000 }: SlotHolderDeps): SlotHolder {
  const { slots } = database;
  const holder = ids.next("req");
  const limitsOf = createLookup(
    clock,
    async (owner: string) => (await database.accounts.get(owner))?.limits ?? noLimits,
  );
  const all = new Map<string, Held>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  const keyOf = ({ owner, kind }: SlotRow): string => JSON.stringify([owner, kind]);

  function heldOf(row: SlotRow): Held {
    const known = all.get(keyOf(row));
    if (known !== undefined) return known;
    const held: Held = { row, count: 0, stored: 0, last: Promise.resolve() };
    all.set(keyOf(row), held);
    return held;
  }

  function inTurn<T>(held: Held, run: () => Promise<T>): Promise<T> {
    const result = held.last.then(run);
    const settled = result
      .catch(() => undefined)
      .then(() => {
        if (held.last === settled && held.count === 0 && held.stored === 0) all.delete(keyOf(held.row));
      });
    held.last = settled;
    return result;
  }

  /** Writes how many there are, unless that is what was written last. Never rejects: the next renewal tries again. */
  const settle = (held: Held): Promise<void> =>
    inTurn(held, async () => {
      const { count } = held;
      if (held.stored === count) return;
      held.stored = null;
      await slots.put(held.row, holder, count, leaseMs);
      held.stored = count;
    }).catch((error: unknown) => logger.warn("slots of an account could not be written", { ...held.row, error }));

  async function renew(): Promise<void> {
    const certain = [...all.values()].filter(({ count, stored }) => stored === count && count > 0);
    const owners = [...new Set(certain.map(({ row }) => row.owner))];
    for (let start = 0; start < owners.length; start += atOnce) {
      const asked = new Set(owners.slice(start, start + atOnce));
      const there = new Set((await slots.renew([...asked], holder, leaseMs)).map(keyOf));
      // Forgotten since this process could not renew them in time.
      for (const held of certain) if (asked.has(held.row.owner) && !there.has(keyOf(held.row))) held.stored = null;
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      renew()
        .catch((error: unknown) => logger.warn("slots of accounts could not be renewed", { error }))
        .then(() => Promise.all([...all.values()].map(settle)))
        .finally(() => {
          timer = null;
          if (all.size > 0) schedule();
        });
    }, leaseMs / 3);
    timer.unref();
  }

  return {
    take: async (owner, kind) => {
      const limits = await limitsOf(owner);
      if ((limits ?? noLimits)[kind] === null) return () => undefined;
      const held = heldOf({ owner, kind });
      // Also when it fails: it may have been taken all the same.
      schedule();
      await inTurn(held, async () => {
        const { count, stored } = held;
        held.stored = null;
        const exceeded = await slots.take(held.row, holder, count, leaseMs);
        if (exceeded !== null) {
          held.stored = stored;
          throw quotaExceeded(exceeded);
        }
        held.stored = count + 1;
        // Some may have been released in the meantime.
        held.count += 1;
      });
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        held.count -= 1;
        void settle(held);
      };
    },
  };
}
