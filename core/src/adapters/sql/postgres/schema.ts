import { PgSchema } from "drizzle-orm/pg-core";
import { postgresKit } from "../shared/column-kit.ts";
import { makeSchema, type Schema } from "../shared/schema.ts";

/** PostgreSQL's tables without a schema's name; drizzle-kit makes the migrations from them, which run in any schema. */
export const { jobs, jobLabels, apiKeys, deployment, pulse } = makeSchema(postgresKit);

/** The tables in this schema. Queries name it, so that they depend on no `search_path`, which poolers do not keep. */
export function tablesIn(schemaName: string): Schema {
  // Drizzle's types keep the name of the schema, which is of no interest here.
  const table = new PgSchema(schemaName).table as unknown as typeof postgresKit.table;
  return makeSchema({ ...postgresKit, table });
}
