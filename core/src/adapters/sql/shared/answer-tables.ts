import type { ColumnKit } from "./column-kit.ts";

/** What requests with an `Idempotency-Key` were answered; see `Answers`. */
export function answerTables(kit: ColumnKit) {
  const idempotency = kit.table(
    "idempotency",
    {
      owner: kit.text("owner").notNull(),
      operation: kit.text("operation").notNull(),
      keyHash: kit.text("key_hash").notNull(),
      fingerprint: kit.text("fingerprint").notNull(),
      /** Sealed; null while the request runs. */
      answer: kit.text("answer"),
      /** The request that runs, and how long it may. */
      holder: kit.text("holder").notNull(),
      heldUntil: kit.time("held_until").notNull(),
      createdAt: kit.time("created_at").notNull(),
    },
    (table) => [
      kit.primaryKey({ columns: [table.owner, table.operation, table.keyHash] }),
      kit.index("idempotency_age").on(table.createdAt),
    ],
  );
  return { idempotency };
}
