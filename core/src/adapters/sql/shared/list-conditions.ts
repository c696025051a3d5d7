import { and, eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { JobCursor, JobQuery } from "../../../jobs/jobs.ts";
import { isOrderedByEnd, statesOf } from "../../../jobs/rules/list-order.ts";
import { storableText, storableTime } from "../../../jobs/rules/storable.ts";
import { errorCode, hasBatch, hasError, hasSchedule, isFinished, stateIn } from "./conditions.ts";
import type { SqlConnection, SqlTime } from "./connection.ts";
import type { Schema } from "./schema.ts";

// The conditions of a list. Each is written so that it bounds the scan of an index which holds its column.

type JobTime = Schema["jobs"]["createdAt"] | Schema["jobs"]["finishedAt"];

/** The column that a list is ordered by. */
export const orderOf = ({ jobs }: Schema, query: JobQuery): JobTime =>
  isOrderedByEnd(query) ? jobs.finishedAt : jobs.createdAt;

export function ofOwner({ jobs }: Schema, owner: string | null): SQL | undefined {
  return owner === null ? undefined : eq(jobs.owner, storableText(owner));
}

export function inStates(query: JobQuery): SQL | undefined {
  const states = statesOf(query);
  return states && (states.length === 0 ? sql`1 = 0` : stateIn(states));
}

/** Jobs whose error has one of the codes. */
export function inCodes({ codes }: JobQuery): SQL | undefined {
  return codes && and(hasError, inArray(errorCode, [...codes]));
}

/** Children of the batch, or what the schedule made. */
export function ofOrigin({ jobs }: Schema, { batchId, scheduleId }: JobQuery): SQL | undefined {
  return and(
    batchId && and(hasBatch, eq(jobs.batchId, batchId)),
    scheduleId && and(hasSchedule, eq(jobs.scheduleId, scheduleId)),
  );
}

/** Jobs that were made and ended when it is asked for. */
export function inTimes({ schema: { jobs }, time }: SqlConnection, query: JobQuery): SQL | undefined {
  const { createdAfter, createdBefore, finishedAfter, finishedBefore } = query;
  const at = (date: Date): SQL => time.at(storableTime(date));
  return and(
    createdAfter && gte(jobs.createdAt, at(createdAfter)),
    createdBefore && lt(jobs.createdAt, at(createdBefore)),
    isOrderedByEnd(query) ? isFinished : undefined,
    finishedAfter && gte(jobs.finishedAt, at(finishedAfter)),
    finishedBefore && lt(jobs.finishedAt, at(finishedBefore)),
  );
}

/** A comparison of rows, which both databases answer by an index scan from that place. */
export function after(
  at: JobTime | Schema["jobLabels"]["createdAt"],
  id: Schema["jobs"]["id"] | Schema["jobLabels"]["jobId"],
  { after: place }: { readonly after?: JobCursor },
  time: SqlTime,
): SQL | undefined {
  return place && sql`(${at}, ${id}) < (${time.at(storableTime(place.createdAt))}, ${place.id})`;
}
