import {
  type BatchId,
  errorCodeNames,
  isId,
  type JobId,
  type JobQuery,
  JobState,
  type ScheduleId,
} from "@vidferry/core";
import { UsageError } from "@vidferry/core/program";
import { systemClock } from "@vidferry/core/system";
import { z } from "zod";
import type { JobFlags } from "./options/jobs.ts";

/** Which jobs a command is about. */
export interface JobChoice {
  /** These alone; empty: those that the filter holds. */
  readonly ids: readonly JobId[];
  readonly filter: Omit<JobQuery, "after" | "limit">;
  /** Whether anything narrows it down. */
  readonly isEverything: boolean;
  readonly limit: number;
  /** Do it, instead of telling what would be done. */
  readonly yes: boolean;
}

const days: Readonly<Record<string, number>> = { h: 1 / 24, d: 1, w: 7 };
const dayMs = 86_400_000;

const words = (text: unknown): unknown =>
  typeof text === "string" ? text.split(",").map((word) => word.trim()) : undefined;

const Filter = z.object({
  state: z.preprocess(words, z.array(JobState).optional()),
  code: z.preprocess(words, z.array(z.enum(errorCodeNames)).optional()),
  owner: z.string().min(1).optional(),
  batch: z.custom<BatchId>((text) => isId("bat", String(text)), "expected the id of a batch, such as bat_…").optional(),
  schedule: z
    .custom<ScheduleId>((text) => isId("sch", String(text)), "expected the id of a schedule, such as sch_…")
    .optional(),
  "older-than": z
    .string()
    .regex(/^\d{1,5}[hdw]$/, "expected a span such as 90d, 12h or 4w")
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000_000).default(1_000_000),
});

/** Reads ids and filters. Throws {@link UsageError} with the option that is wrong. */
export function readJobChoice(given: readonly string[], flags: JobFlags): JobChoice {
  const parsed = Filter.safeParse({ ...flags, "older-than": flags.olderThan });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`jobs: --${String(issue?.path[0])}: ${issue?.message}`);
  }
  const ids = given.map((id) => {
    if (isId("job", id)) return id;
    throw new UsageError(`jobs: ${JSON.stringify(id)} is no id of a job`);
  });
  const { state, code, owner, batch, schedule, "older-than": span, limit } = parsed.data;
  const filter = {
    owner: owner ?? null,
    ...(state && { states: state }),
    ...(code && { codes: code }),
    ...(batch && { batchId: batch }),
    ...(schedule && { scheduleId: schedule }),
    ...(span && { finishedBefore: new Date(systemClock.now().getTime() - msOf(span)) }),
  };
  const isFiltered = [state, code, owner, batch, schedule, span].some((part) => part !== undefined);
  if (ids.length > 0 && isFiltered) throw new UsageError("jobs: give either ids or filters");
  return { ids, filter, isEverything: ids.length === 0 && !isFiltered, limit, yes: flags.yes ?? false };
}

const msOf = (span: string): number => Number(span.slice(0, -1)) * (days[span.slice(-1)] ?? 0) * dayMs;
