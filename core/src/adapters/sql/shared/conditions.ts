import { type SQL, sql } from "drizzle-orm";
import type { JobState } from "../../../jobs/states.ts";

/**
 * `state in (…)` with the names written out: planners use a partial index only when they see constants, not parameters.
 * The names come from the state table, never from outside.
 */
export function stateIn(states: readonly JobState[]): SQL {
  const names = states.map((state) => `'${state}'`);
  return sql.raw(names.length === 1 ? `state = ${names[0]}` : `state in (${names.join(", ")})`);
}

/** Jobs with results that can expire. */
export const hasArtifacts: SQL = sql.raw("artifact_count > 0");

/** Jobs whose next attempt runs alone, and the others. Written out for the same reason. */
export const mustRunAlone: SQL = sql.raw("alone = 1");
export const mayBeShared: SQL = sql.raw("alone = 0");

/** Ends of jobs that are not in the statistics yet. */
export const notCounted: SQL = sql.raw("counted = 0");

/** Rows of the statistics with all that one owner's jobs amount to. */
export const ownersTotals: SQL = sql.raw("dimension = 'total' and everybody = 0");
