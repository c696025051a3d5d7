import { and, desc, eq, gt, inArray, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { ApiKey } from "../../../accounts/api-key.ts";
import type { KeyChanges, Keys, SeenKey } from "../../../accounts/keys.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { KeyId } from "../../../runtime/ids.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import type { Schema } from "./schema.ts";

type KeyRow = Schema["apiKeys"]["$inferSelect"];

/** The keys over SQL: one implementation for both dialects. */
export function createSqlKeys(open: OpenConnection): Keys {
  /** Changes a key unless it was revoked. */
  const change = async (
    id: KeyId,
    changes: (connection: SqlConnection) => { readonly [K in keyof KeyRow]?: KeyRow[K] | SQL },
  ): Promise<ApiKey | null> => {
    const connection = await open();
    const { apiKeys } = connection.schema;
    const present = and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt));
    const [row] = await connection.write((db) =>
      db.update(apiKeys).set(changes(connection)).where(present).returning(columns(connection)),
    );
    return row === undefined ? null : toKey(row);
  };

  return {
    insert: async ({ previous, ...key }) => {
      const { schema, write } = await open();
      const row: KeyRow = {
        ...key,
        name: storableText(key.name),
        owner: storableText(key.owner),
        previousHash: previous?.hash ?? null,
        previousUntil: previous?.until ?? null,
      };
      await write((db) => db.insert(schema.apiKeys).values(row).returning({ id: schema.apiKeys.id }));
    },

    findByHash: async (hash) => {
      const connection = await open();
      const [row] = await connection.read((db) => keyOfHash(db, connection, hash));
      return row === undefined ? null : toKey(row);
    },

    working: async (ids) => {
      if (ids.length === 0) return [];
      const connection = await open();
      return (await connection.read((db) => workingKeys(db, connection, ids))).map(toKey);
    },

    changed: async (seen) => {
      if (seen.length === 0) return [];
      const connection = await open();
      return (await connection.read((db) => changedKeys(db, connection, seen))).map(({ id }) => id);
    },

    get: async (id) => {
      const connection = await open();
      const { apiKeys } = connection.schema;
      const [row] = await connection.read((db) =>
        db
          .select(columns(connection))
          .from(apiKeys)
          .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt))),
      );
      return row === undefined ? null : toKey(row);
    },

    list: async ({ owner, revoked = false, after, limit }) => {
      const connection = await open();
      const { apiKeys } = connection.schema;
      const rows = await connection.read((db) =>
        db
          .select(columns(connection))
          .from(apiKeys)
          .where(
            and(
              owner === undefined ? undefined : eq(apiKeys.owner, storableText(owner)),
              revoked ? undefined : isNull(apiKeys.revokedAt),
              after &&
                or(
                  lt(apiKeys.createdAt, after.createdAt),
                  and(eq(apiKeys.createdAt, after.createdAt), lt(apiKeys.id, after.id)),
                ),
            ),
          )
          .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
          .limit(limit),
      );
      return rows.map(toKey);
    },

    update: async (id, changes: KeyChanges) => {
      const { name, ...others } = changes;
      const set = { ...others, ...(name === undefined ? {} : { name: storableText(name) }) };
      return await change(id, ({ schema: { apiKeys } }) => ({ id: sql`${apiKeys.id}`, ...set }));
    },

    rotate: async (id, { hash, lastFour, overlapMs }) =>
      await change(id, ({ schema: { apiKeys }, time }) => ({
        hash,
        lastFour,
        previousHash: overlapMs > 0 ? sql`${apiKeys.hash}` : null,
        previousUntil: overlapMs > 0 ? time.plus(time.now(), overlapMs) : null,
      })),

    revoke: async (id) => (await change(id, ({ time }) => ({ revokedAt: time.now() }))) !== null,

    noteUse: async (id, everyMs) => {
      const { schema, time, write } = await open();
      const { apiKeys } = schema;
      const isDue = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, time.plus(time.now(), -everyMs)));
      await write((db) =>
        db
          .update(apiKeys)
          .set({ lastUsedAt: time.now() })
          .where(and(eq(apiKeys.id, id), isDue))
          .returning({ id: apiKeys.id }),
      );
    },

    lockAdmins: async () => {
      const connection = await open();
      const { apiKeys } = connection.schema;
      const rows = await connection.write((db) =>
        connection.lock(
          db
            .select({ id: apiKeys.id })
            .from(apiKeys)
            // A handful of rows, and asked only when one of them changes.
            .where(and(works(connection), sql`cast(${apiKeys.scopes} as text) like '%"admin"%'`))
            .orderBy(apiKeys.id),
          "wait",
        ),
      );
      return rows.map(({ id }) => id);
    },
  };
}

/** The key that works with a secret of this hash. */
export function keyOfHash(db: QueryBuilder, connection: SqlConnection, hash: string) {
  const { schema, time } = connection;
  const { apiKeys } = schema;
  const isPrevious = and(eq(apiKeys.previousHash, hash), gt(apiKeys.previousUntil, time.now()));
  return db
    .select(columns(connection))
    .from(apiKeys)
    .where(and(or(eq(apiKeys.hash, hash), isPrevious), works(connection)))
    .limit(1);
}

/** Those of these keys that work. */
export function workingKeys(db: QueryBuilder, connection: SqlConnection, ids: readonly KeyId[]) {
  const { apiKeys } = connection.schema;
  return db
    .select(columns(connection))
    .from(apiKeys)
    .where(and(inArray(apiKeys.id, [...ids]), works(connection)));
}

/** Those of these keys that are not found as they were. One parameter, and only exceptions come back. */
function changedKeys(db: QueryBuilder, connection: SqlConnection, seen: readonly SeenKey[]) {
  const { apiKeys } = connection.schema;
  const { from, text, json } = connection.listed(JSON.stringify(seen));
  const same = and(
    sql`${apiKeys.id} = ${text("id")}`,
    sql`${apiKeys.hash} = ${text("hash")}`,
    sql`coalesce(${workingPreviousHash(connection)}, '') = coalesce(${text("previousHash")}, '')`,
    sql`${apiKeys.scopes} = ${json("scopes")}`,
    works(connection),
  );
  return db
    .select({ id: sql<KeyId>`${text("id")}` })
    .from(from)
    .where(sql`not exists (select 1 from ${apiKeys} where ${same})`);
}

function works({ schema: { apiKeys }, time }: SqlConnection): SQL | undefined {
  return and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, time.now())));
}

/** The columns of a key; of the secret before only while it works, by the store's time. */
function columns(connection: SqlConnection) {
  const { apiKeys } = connection.schema;
  const { id, name, owner, scopes, hash, lastFour, previousUntil, allowedOrigins, allowedCidrs } = apiKeys;
  const { createdAt, expiresAt, lastUsedAt, revokedAt } = apiKeys;
  const previousHash = workingPreviousHash(connection);
  return {
    ...{ id, name, owner, scopes, hash, lastFour, previousHash, previousUntil, allowedOrigins, allowedCidrs },
    ...{ createdAt, expiresAt, lastUsedAt, revokedAt },
  };
}

const workingPreviousHash = ({ schema: { apiKeys }, time }: SqlConnection): SQL<string | null> =>
  sql<string | null>`case when ${apiKeys.previousUntil} > ${time.now()} then ${apiKeys.previousHash} end`;

function toKey({ previousHash, previousUntil, ...key }: KeyRow): ApiKey {
  const hasPrevious = previousHash !== null && previousUntil !== null;
  return { ...key, previous: hasPrevious ? { hash: previousHash, until: previousUntil } : null };
}
