/** Something that has to be done outside of the database because of what was written in it. A new kind is one more line here. */
export type OutboxItem = {
  /** The file of a blob that nobody names any more is to be deleted; the name is its key. */
  readonly kind: "blob_deletion";
  /** Unique within its kind: what is added twice is done once. */
  readonly name: string;
  readonly payload: { readonly v: 1 };
};

/** An item that was taken to be done. */
export interface TakenItem<K extends OutboxItem["kind"] = OutboxItem["kind"]> {
  readonly name: string;
  readonly payload: Extract<OutboxItem, { kind: K }>["payload"];
  /** How often it was tried in vain. */
  readonly failures: number;
  readonly createdAt: Date;
}

/** How many items of a kind wait. */
export interface OutboxBacklog {
  readonly waiting: number;
  /** Of these, how many were tried in vain. */
  readonly failing: number;
  /** Why the latest of those could not be done. */
  readonly problem: string | null;
}

/**
 * What is still to be done. Items are added in the transaction that makes them necessary, and done by maintenance
 * afterwards: at least once, in no order. A process that is killed in between leaves them to the others.
 */
export interface Outbox {
  add(items: readonly OutboxItem[]): Promise<void>;
  /** Items that are due, the longest due first. Nobody else gets them for `holdMs`; then they are due again. */
  take<K extends OutboxItem["kind"]>(kind: K, limit: number, holdMs: number): Promise<readonly TakenItem<K>[]>;
  /** They are done. */
  remove(kind: OutboxItem["kind"], names: readonly string[]): Promise<void>;
  /** It could not be done: it is due again after `delayMs`. */
  postpone(kind: OutboxItem["kind"], name: string, delayMs: number, problem: string): Promise<void>;
  backlog(kind: OutboxItem["kind"]): Promise<OutboxBacklog>;
}
