import { type SQL, sql } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/pg-core";
import type { Schema } from "../shared/schema.ts";
import { hasGrams, searchGrams } from "../shared/search-grams.ts";

/** The ids of the jobs whose n-grams match the text, by the inverted index. */
export function searchCandidates({ jobs }: Schema, owner: string | null, text: string): SQL {
  const { schema } = getTableConfig(jobs);
  const table = sql.identifier("job_search");
  const from = schema === undefined ? table : sql`${sql.identifier(schema)}.${table}`;
  const terms = hasGrams(text) ? searchGrams(text).map(quoted) : [`${quoted(text)}:*`];
  if (owner !== null) terms.push(quoted(`\u0001${[...owner].slice(0, 500).join("")}`));
  return sql`select job_id from ${from} where grams @@ ${terms.join(" & ")}::tsquery`;
}

const quoted = (gram: string): string => `'${gram.replaceAll(/['\\]/g, "$&$&")}'`;
