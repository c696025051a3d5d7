import postgres from "postgres";
import { createTestDatabase, useService } from "../../../testing/services/index.ts";
import { type PostgresStore, type PostgresStoreOptions, postgresStore } from "./index.ts";

/** A database of its own for a test file, with the tables of this version. */
export interface StoreDatabase extends AsyncDisposable {
  readonly url: string;
  /** A connection beside the store's, for what the store does not do. */
  readonly client: postgres.Sql;
  /** Another store on it; close it. */
  open(options?: Partial<PostgresStoreOptions>): PostgresStore;
  empty(): Promise<void>;
  /** Moves every time of every row back: for the rows, time has passed. The server's clock cannot be held. */
  advance(ms: number): Promise<void>;
}

/**
 * Makes a {@link StoreDatabase} on the test server.
 * @param port of a pooler before it, through which the stores go
 */
export async function storeDatabase(port?: number): Promise<StoreDatabase> {
  const database = await createTestDatabase(await useService("postgres"));
  const address = new URL(database.url);
  if (port !== undefined) address.port = String(port);
  const url = address.href;
  const client = postgres(database.url, { max: 1, onnotice: () => undefined, connection: { search_path: "vidferry" } });
  const open = (options: Partial<PostgresStoreOptions> = {}): PostgresStore => postgresStore({ url, ...options });
  const first = open();
  await first.migrate();
  await first.close();
  return {
    url,
    client,
    open,
    empty: async () => {
      await client`truncate jobs, job_labels, job_search, api_keys, pulse`;
    },
    advance: async (ms) => {
      for (const table of ["jobs", "job_labels", "pulse"]) {
        const columns = await client<{ name: string }[]>`
          select column_name as name from information_schema.columns
          where table_schema = 'vidferry' and table_name = ${table} and data_type = 'timestamp with time zone'`;
        const changes = columns.map(({ name }) => `${name} = ${name} - ${ms} * interval '1 millisecond'`);
        await client.unsafe(`update ${table} set ${changes.join(", ")}`);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await client.end({ timeout: 5 });
      await database[Symbol.asyncDispose]();
    },
  };
}
