import type { LimitName, Limits } from "./limits.ts";

/** An owner that was limited once. */
export interface Account {
  readonly owner: string;
  readonly limits: Limits;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What an owner uses now, by the limit that it counts against; null: it is not counted, since it has no limit. */
export type Usage = { readonly [N in Exclude<LimitName, "requestsPerMinute">]: number | null };

/** The accounts of owners. An owner without one has no limits and the weight 1. */
export interface Accounts {
  get(owner: string): Promise<Account | null>;
  /** Sets limits; those that are absent stay as they are. The first time it makes the account. */
  limit(owner: string, limits: Partial<Limits>): Promise<Account>;
  usage(owner: string): Promise<Usage>;
  /**
   * Deletes what is kept under an owner's name besides their jobs: keys, limits, tickets, webhooks and their deliveries, answers
   * to repeated requests, history and statistics; the audit log forgets who it was. Returns how many rows that were, at most
   * `limit` of a long table: it is called until it returns 0.
   */
  erase(owner: string, limit: number): Promise<number>;
}
