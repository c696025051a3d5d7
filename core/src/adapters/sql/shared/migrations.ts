import { AppError } from "../../../errors/app-error.ts";

/** One step of the schema, as drizzle-kit wrote it. */
export interface Migration {
  /** When it was made, in milliseconds since 1970: its version, which only grows. */
  readonly version: number;
  readonly hash: string;
  readonly statements: readonly string[];
}

/** What bringing a schema up to date needs of a database; all calls belong to one exclusive transaction. */
export interface MigrationSession {
  /** Runs a statement; resolves with the number of rows that it returned. */
  run(statement: string): Promise<number>;
  /** The versions that were applied; the ledger exists by then. */
  applied(): Promise<readonly number[]>;
}

/** The table that says which migrations were applied. */
export const ledgerTable = "vidferry_migrations";

/** Makes the ledger; the same statement works in both dialects. */
export const ledger = `create table if not exists ${ledgerTable} (version bigint primary key, hash text not null, applied_at timestamp not null default current_timestamp)`;

/** The names of the tables that migrations make, in their order. */
export function tablesOf(migrations: readonly Migration[]): readonly string[] {
  const statements = migrations.flatMap((migration) => migration.statements);
  return statements.flatMap((statement) => /^\s*CREATE TABLE ["`](\w+)["`]/.exec(statement)?.[1] ?? []);
}

/** Something else has its tables where ours should be. */
export function foreignTables(place: string, table: string, hint: string): AppError {
  const detail = `${place} holds a table "${table}" that Vidferry did not make. Nothing was changed.`;
  return new AppError("unavailable", detail, { hint, permanent: true });
}

/**
 * How a statement begins that rewrites many rows: it is run again and again until it returns none, each time in a
 * transaction of its own. A million rows then block nobody for long, and a migration that was interrupted goes on where
 * it stood. Such statements come first in their file, because each new transaction starts the file over.
 */
const inBatches = "-- In batches";

/**
 * Applies what is missing, or as much of it as belongs in one transaction. Call it while nobody else can migrate, in a
 * new transaction each time, until it resolves with `done`. Rejects with `unavailable` when the schema is newer.
 */
export async function applyMigrations(
  session: MigrationSession,
  migrations: readonly Migration[],
): Promise<"done" | "more"> {
  await session.run(ledger);
  const applied = new Set(await session.applied());
  refuseNewer(applied, migrations);
  for (const { version, hash, statements } of migrations) {
    if (applied.has(version)) continue;
    for (const statement of statements) {
      const returned = await session.run(statement);
      if (returned > 0 && statement.trimStart().startsWith(inBatches)) return "more";
    }
    await session.run(`insert into ${ledgerTable} (version, hash) values (${version}, '${hash}')`);
  }
  return "done";
}

/** Rejects with `unavailable` unless exactly these migrations were applied. */
export function requireCurrent(versions: readonly number[], migrations: readonly Migration[]): void {
  const applied = new Set(versions);
  refuseNewer(applied, migrations);
  if (migrations.some(({ version }) => !applied.has(version))) throw outdatedSchema();
}

/** The database has no tables yet, or old ones. */
export function outdatedSchema(cause?: unknown): AppError {
  return new AppError("unavailable", "The database's schema is older than this version of Vidferry.", {
    hint: "Run `vidferry migrate`.",
    cause,
  });
}

function refuseNewer(applied: ReadonlySet<number>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(({ version }) => version));
  if ([...applied].every((version) => known.has(version))) return;
  throw new AppError("unavailable", "The database's schema is newer than this version of Vidferry.", {
    hint: "Upgrade Vidferry on this host to the version that migrated the database.",
    permanent: true,
  });
}
