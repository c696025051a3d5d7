import { and, asc, eq, inArray, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { type Answers, answerKeptMs, type RepeatKey } from "../../../idempotency/answers.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";

/** The answers over SQL: one implementation for both dialects. */
export function createSqlAnswers(open: OpenConnection): Answers {
  return {
    begin: async (key, holder, holdMs) => {
      const connection = await open();
      const { schema, time, write, read } = connection;
      const { idempotency } = schema;
      const { owner, operation, keyHash, fingerprint } = stored(key);
      const held = {
        fingerprint,
        answer: null,
        holder,
        heldUntil: time.plus(time.now(), holdMs),
        createdAt: time.now(),
      };
      const isLeft = and(isNull(idempotency.answer), lte(idempotency.heldUntil, time.now()));
      const isOld = lte(idempotency.createdAt, time.plus(time.now(), -answerKeptMs));
      const begun = await write((db) =>
        db
          .insert(idempotency)
          .values({ owner, operation, keyHash, ...held })
          .onConflictDoUpdate({
            target: [idempotency.owner, idempotency.operation, idempotency.keyHash],
            set: held,
            setWhere: sql`${or(isLeft, isOld)}`,
          })
          .returning({ keyHash: idempotency.keyHash }),
      );
      if (begun.length > 0) return { kind: "begun" };
      const [found] = await read((db) => earlierAnswer(db, connection, key));
      // Given back in the meantime: whoever asks again begins.
      if (found === undefined) return { kind: "running" };
      if (found.fingerprint !== fingerprint) return { kind: "conflict" };
      return found.answer === null ? { kind: "running" } : { kind: "answered", answer: found.answer };
    },

    complete: async (key, holder, answer) => {
      const { schema, write } = await open();
      const { idempotency } = schema;
      const rows = await write((db) =>
        db
          .update(idempotency)
          .set({ answer })
          .where(isHeld(schema, key, holder))
          .returning({ keyHash: idempotency.keyHash }),
      );
      return rows.length > 0;
    },

    release: async (key, holder) => {
      const { schema, write } = await open();
      const { idempotency } = schema;
      await write((db) =>
        db
          .delete(idempotency)
          .where(isHeld(schema, key, holder))
          .returning({ keyHash: idempotency.keyHash }),
      );
    },

    removeOld: async (limit) => {
      const connection = await open();
      const removed = await connection.write((db) => removeOldAnswers(db, connection, limit));
      return removed.length;
    },
  };
}

/** What the first request with a key was answered. */
export function earlierAnswer(db: QueryBuilder, { schema }: SqlConnection, key: RepeatKey) {
  const { idempotency } = schema;
  return db
    .select({ fingerprint: idempotency.fingerprint, answer: idempotency.answer })
    .from(idempotency)
    .where(isKey(schema, key));
}

/** Removes the answers that were kept for long enough. */
export function removeOldAnswers(db: QueryBuilder, connection: SqlConnection, limit: number) {
  const { time } = connection;
  const { idempotency } = connection.schema;
  const isOld = lte(idempotency.createdAt, time.plus(time.now(), -answerKeptMs));
  const old = db
    .select({ owner: idempotency.owner, operation: idempotency.operation, keyHash: idempotency.keyHash })
    .from(idempotency)
    .where(isOld)
    .orderBy(asc(idempotency.createdAt))
    .limit(limit);
  const picked = db.$with("picked").as(connection.lock(old, "skip"));
  const hashes = db.select({ keyHash: picked.keyHash }).from(picked);
  // The hash of a key that several owners use is old for some of them only.
  return db
    .with(picked)
    .delete(idempotency)
    .where(and(inArray(idempotency.keyHash, hashes), isOld))
    .returning({ keyHash: idempotency.keyHash });
}

const stored = (key: RepeatKey): RepeatKey => ({ ...key, owner: storableText(key.owner) });

function isKey({ idempotency }: SqlConnection["schema"], key: RepeatKey): SQL | undefined {
  const { owner, operation, keyHash } = stored(key);
  return and(eq(idempotency.owner, owner), eq(idempotency.operation, operation), eq(idempotency.keyHash, keyHash));
}

function isHeld(schema: SqlConnection["schema"], key: RepeatKey, holder: string): SQL | undefined {
  const { idempotency } = schema;
  return and(isKey(schema, key), eq(idempotency.holder, holder), isNull(idempotency.answer));
}
