import { type SQL, sql } from "drizzle-orm";
import { AppError } from "../../../errors/app-error.ts";
import {
  applyMigrations,
  foreignTables,
  ledger,
  ledgerTable,
  type Migration,
  outdatedSchema,
  tablesOf,
} from "../shared/migrations.ts";
import { standardSchema } from "./location.ts";
import type { PostgresDatabase } from "./pool.ts";

/** Runs statements: a connection, or a transaction on it. */
type Session = Pick<PostgresDatabase, "execute">;

// Key of the advisory lock that a migrating host holds; arbitrary, but the same in every version.
const migrationLock = 8_430_221_073;

// Version of the migration `own_schema`: a ledger without it is from a version that used no schema of its own.
const ownSchema = 1_795_630_303_974;

// An entry in the ledger of a schema that the tables were moved out of. To versions that look for them there it is a
// migration of the future, so they refuse to start and create no second set of tables.
const movedAway = Number.MAX_SAFE_INTEGER;

/** Migrates a schema to this version. Other hosts wait for the lock, and then find nothing left to do. */
export async function migrateSchema(
  db: PostgresDatabase,
  schemaName: string,
  migrations: readonly Migration[],
): Promise<void> {
  for (let state = "more"; state === "more"; ) {
    state = await db.transaction((session) => migrateStep(session, schemaName, migrations));
  }
}

/** The part of the migrations that belongs in one transaction; see {@link applyMigrations}. */
async function migrateStep(
  session: Session,
  schemaName: string,
  migrations: readonly Migration[],
): Promise<"done" | "more"> {
  // Waiting for another host and building an index may take long.
  await session.execute(sql`set local statement_timeout = 0`);
  await session.execute(sql`set local work_mem = '64MB'`);
  await session.execute(sql`select pg_advisory_xact_lock(${migrationLock})`);
  if (await holdsLedger(session, schemaName)) {
    const applied = new Set(await appliedVersions(session, schemaName));
    const missing = migrations.filter(({ version }) => !applied.has(version));
    await refuseForeign(session, schemaName, tablesOf(missing));
  } else {
    await settle(session, schemaName, migrations);
  }
  // drizzle-kit writes a schema's name in references only, and always `public`.
  await session.execute(sql`set local search_path to ${sql.identifier(schemaName)}`);
  return await applyMigrations(
    {
      run: async (statement) => {
        const rows = await session.execute(sql.raw(statement.replaceAll('"public".', `"${schemaName}".`)));
        return rows.length;
      },
      applied: () => appliedVersions(session, schemaName),
    },
    migrations,
  );
}

/** The migrations that were applied in a schema. Rejects with `unavailable` when there are none. */
export async function appliedVersions(session: Session, schemaName: string): Promise<readonly number[]> {
  if (!(await holdsLedger(session, schemaName))) throw outdatedSchema();
  const table = tableIn(schemaName, ledgerTable);
  const rows = await session.execute<{ version: string; hash: string }>(
    sql`select version, hash from ${table} order by version`,
  );
  const moved = rows.find(({ version }) => Number(version) === movedAway);
  if (moved) {
    throw new AppError("unavailable", `The tables were moved out of the schema ${schemaName}: ${moved.hash}.`, {
      hint: "Name the schema that holds them now in `?schema=` of DATABASE_URL, or leave that out where it is vidferry.",
      permanent: true,
    });
  }
  return rows.map(({ version }) => Number(version));
}

/** Prepares a schema without our tables: creates or refuses it. The default one takes over the tables of an earlier version. */
async function settle(session: Session, schemaName: string, migrations: readonly Migration[]): Promise<void> {
  await makeSchema(session, schemaName);
  await refuseForeign(session, schemaName, tablesOf(migrations));
  // A schema chosen by name is a deployment of its own: it must not take over the tables of another deployment.
  if (schemaName !== standardSchema) return;
  const earlier = await earlierHome(session);
  if (earlier !== null) await moveTables(session, earlier, schemaName, migrations);
}

async function refuseForeign(session: Session, schemaName: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const [foreign] = await session.execute<{ name: string }>(sql`
    select relname as name from pg_class
    where relnamespace = to_regnamespace(${schemaName}) and relname in ${names} order by relname limit 1`);
  if (!foreign) return;
  const hint = "Choose another schema by `?schema=NAME` in DATABASE_URL, or a database of Vidferry's own.";
  throw foreignTables(`The schema ${schemaName} of the database`, foreign.name, hint);
}

async function makeSchema(session: Session, schemaName: string): Promise<void> {
  const [found] = await session.execute<
    Record<"user" | "database", string> & Record<"present" | "usable", boolean>
  >(sql`
    select current_user as user, current_database() as database, to_regnamespace(${schemaName}) is not null as present,
      case when to_regnamespace(${schemaName}) is null then has_database_privilege(current_database(), 'CREATE')
        else has_schema_privilege(${schemaName}, 'CREATE') and has_schema_privilege(${schemaName}, 'USAGE') end as usable`);
  if (!found) return;
  const { user, database, present, usable } = found;
  if (!usable) {
    const what = present ? `create tables in the schema ${schemaName}` : `create the schema ${schemaName}`;
    const grant = present
      ? `GRANT USAGE, CREATE ON SCHEMA ${schemaName} TO "${user}"`
      : `CREATE SCHEMA ${schemaName} AUTHORIZATION "${user}"`;
    throw new AppError("unavailable", `The user "${user}" may not ${what} of the database "${database}".`, {
      hint: `Run \`${grant}\` there as an administrator, then \`vidferry migrate\` again.`,
      permanent: true,
    });
  }
  if (!present) await session.execute(sql`create schema ${sql.identifier(schemaName)}`);
}

/** The tables of an earlier version, in the schema that its unqualified names resolved to. */
interface Earlier {
  readonly schemaName: string;
  readonly applied: ReadonlySet<number>;
}

async function earlierHome(session: Session): Promise<Earlier | null> {
  const [found] = await session.execute<{ name: string }>(sql`
    select nspname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where pg_class.oid = coalesce(to_regclass(${ledgerTable}), to_regclass(${`public.${ledgerTable}`}))`);
  if (!found) return null;
  const rows = await session.execute<{ version: string }>(sql`select version from ${tableIn(found.name, ledgerTable)}`);
  const applied = new Set(rows.map(({ version }) => Number(version)));
  // Another deployment, or the ledger that was left behind when the tables were moved.
  return applied.has(ownSchema) || applied.has(movedAway) ? null : { schemaName: found.name, applied };
}

/**
 * Moves the tables of the earlier version, and nothing else. Its ledger stays, with an entry that stops that version: queries
 * of its running processes fail, and its check reports that the schema is newer.
 */
async function moveTables(
  session: Session,
  { schemaName: from, applied }: Earlier,
  to: string,
  migrations: readonly Migration[],
): Promise<void> {
  // In the order in which the earlier version locks them, to avoid deadlocks.
  for (const name of tablesOf(migrations.filter(({ version }) => applied.has(version))).toReversed()) {
    await session.execute(sql`alter table ${tableIn(from, name)} set schema ${sql.identifier(to)}`);
  }
  const old = tableIn(from, ledgerTable);
  await session.execute(sql`set local search_path to ${sql.identifier(to)}`);
  await session.execute(sql.raw(ledger));
  await session.execute(sql`insert into ${tableIn(to, ledgerTable)} select * from ${old}`);
  const mark = `moved to the schema ${to}`;
  await session.execute(sql`insert into ${old} (version, hash) values (${movedAway}, ${mark})`);
}

/** Whether a schema has our ledger of migrations. */
export async function holdsLedger(session: Session, schemaName: string): Promise<boolean> {
  // Unlike to_regclass() it needs no USAGE privilege on the schema.
  const [found] = await session.execute(sql`
    select 1 from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = ${schemaName} and relname = ${ledgerTable}`);
  return found !== undefined;
}

function tableIn(schemaName: string, name: string): SQL {
  return sql`${sql.identifier(schemaName)}.${sql.identifier(name)}`;
}
