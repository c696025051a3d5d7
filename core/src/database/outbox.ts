/** A side effect outside of the database that a committed write requires. A new kind is one more line here. */
export type OutboxItem = {
  /** The file of a blob without references must be deleted; the name is its key. */
  readonly kind: "blob_deletion";
  /** Unique within its kind: an item that is added twice is done once. */
  readonly name: string;
  readonly payload: { readonly v: 1 };
};

/** An item that was taken for processing. */
export interface TakenItem<K extends OutboxItem["kind"] = OutboxItem["kind"]> {
  readonly name: string;
  readonly payload: Extract<OutboxItem, { kind: K }>["payload"];
  /** Failed tries so far. */
  readonly failures: number;
  readonly createdAt: Date;
}

/** How many items of a kind wait. */
export interface OutboxBacklog {
  readonly waiting: number;
  /** How many of these have failed before. */
  readonly failing: number;
  /** Why the latest of those failed. */
  readonly problem: string | null;
}

/**
 * Pending side effects. Items are added in the transaction that makes them necessary, and processed by maintenance
 * afterwards: at least once, in no order. The items of a process that is killed are processed by another one.
 */
export interface Outbox {
  add(items: readonly OutboxItem[]): Promise<void>;
  /** Due items, the longest due first. They are invisible to others for `holdMs`; then they are due again. */
  take<K extends OutboxItem["kind"]>(kind: K, limit: number, holdMs: number): Promise<readonly TakenItem<K>[]>;
  /** Removes processed items. */
  remove(kind: OutboxItem["kind"], names: readonly string[]): Promise<void>;
  /** Processing failed: the item is due again after `delayMs`. */
  postpone(kind: OutboxItem["kind"], name: string, delayMs: number, problem: string): Promise<void>;
  backlog(kind: OutboxItem["kind"]): Promise<OutboxBacklog>;
}
