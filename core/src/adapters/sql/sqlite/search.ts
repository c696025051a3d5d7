import { type SQL, sql } from "drizzle-orm";
import { hasGrams, searchGrams } from "../shared/search-grams.ts";

/** The ids of the jobs whose n-grams match the text, by the full-text index. */
export function searchCandidates(owner: string | null, text: string): SQL {
  const places = hasGrams(text)
    ? sql`select rowid from job_search where job_search match ${allOf([...searchGrams(text), ...marks(owner)])}`
    : sql`select doc from job_search_grams where term >= ${text} and term < ${text + lastCharacter}`;
  return sql`select job_id from job_search_rows where place in (${places})`;
}

const lastCharacter = "\u{10FFFF}";

/** The n-gram of the end of an owner's name: enough to exclude most jobs of others. */
function marks(owner: string | null): readonly string[] {
  return owner === null ? [] : searchGrams([...`\u0001${[...owner].slice(-2).join("")}\n\n`].slice(0, 3).join(""));
}

const allOf = (grams: readonly string[]): string =>
  grams.map((gram) => `"${gram.replaceAll('"', '""')}"`).join(" AND ");
