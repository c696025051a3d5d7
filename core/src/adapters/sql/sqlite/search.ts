import { type SQL, sql } from "drizzle-orm";
import { hasGrams, searchGrams } from "../shared/search-grams.ts";

/** The ids of the jobs whose n-grams match the text, by the full-text index. */
export function searchCandidates(owner: string | null, text: string): SQL {
  if (hasGrams(text)) {
    const grams = allOf([...searchGrams(text), ...marks(owner)]);
    // A join, so that whoever reads only some of them does not wait for all.
    return sql`select job_id from job_search cross join job_search_rows on place = job_search.rowid where job_search match ${grams}`;
  }
  // One that has the group twice is named twice.
  const places = sql`select doc from job_search_grams where term >= ${text} and term < ${text + lastCharacter}`;
  return sql`select job_id from job_search_rows where place in (${places})`;
}

const lastCharacter = "\u{10FFFF}";

/** The n-gram of the end of an owner's name: enough to exclude most jobs of others. */
function marks(owner: string | null): readonly string[] {
  return owner === null ? [] : searchGrams([...`\u0001${[...owner].slice(-2).join("")}\n\n`].slice(0, 3).join(""));
}

const allOf = (grams: readonly string[]): string =>
  grams.map((gram) => `"${gram.replaceAll('"', '""')}"`).join(" AND ");
