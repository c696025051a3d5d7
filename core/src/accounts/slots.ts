import type { Exceeded, LimitName } from "./limits.ts";

/** What an account limits at once. */
export type SlotKind = Extract<LimitName, "probes" | "streams">;

/** The slots of one kind that a process holds of an owner. */
export interface SlotRow {
  readonly owner: string;
  readonly kind: SlotKind;
}

/**
 * What runs at once of owners whose account limits it, over all processes. A process writes how many it holds, under a lease:
 * those of one that was killed are free when the lease has ended.
 */
export interface Slots {
  /**
   * Takes one more for a holder that has `held` of them. Null: it is taken, and the lease begins anew. Otherwise what stands in
   * the way, and nothing was taken. An account that does not limit this has room for everything.
   */
  take(row: SlotRow, holder: string, held: number, leaseMs: number): Promise<Exceeded | null>;
  /** Writes how many a holder has, whatever the limit; none: nothing is left of them. */
  put(row: SlotRow, holder: string, held: number, leaseMs: number): Promise<void>;
  /** Extends the leases of a holder; says of which of these owners it still has any. */
  renew(owners: readonly string[], holder: string, leaseMs: number): Promise<readonly SlotRow[]>;
  /** Forgets the holders whose lease has ended; returns how many rows that were. */
  removeExpired(): Promise<number>;
}
