import { z } from "zod";
import { errorCodeNames } from "../errors/codes.ts";
import { JobError } from "../jobs/job.ts";
import { DownloadTemplate } from "../jobs/request.ts";
import { type Batch, BatchCounts, type BatchEntry, BatchProgress, BatchState } from "./batch.ts";
import { BatchSource } from "./batch-request.ts";

const time = z.iso.datetime();

/** A batch as clients see it. */
export const BatchResource = z
  .object({
    id: z.string(),
    state: BatchState,
    title: z.string().nullable().describe("Of the list, once it has been read; null of a list of links."),
    source: BatchSource.nullable().describe("null: it is of links."),
    request: DownloadTemplate,
    labels: z.record(z.string(), z.string()),
    scheduleId: z.string().nullable().describe("The schedule that made it."),
    counts: BatchCounts,
    progress: BatchProgress,
    error: JobError.nullable().describe(
      "Why its list could not be read to the end; while it is `expanding`, why the last try failed.",
    ),
    createdAt: time,
    finishedAt: time.nullable(),
    deletedAt: time.optional().describe("Only in the last event of a batch: it was deleted then, with its jobs."),
  })
  .meta({ id: "Batch" });
export type BatchResource = z.infer<typeof BatchResource>;

/** The representation of a batch for clients. */
export function toBatchResource(batch: Batch): BatchResource {
  const { id, state, title, source, request, labels, scheduleId, counts, progress, error } = batch;
  return {
    ...{ id, state, title, source, request, labels, scheduleId, counts, progress, error },
    createdAt: batch.createdAt.toISOString(),
    finishedAt: batch.finishedAt?.toISOString() ?? null,
  };
}

export const SkippedEntry = z
  .object({
    url: z.string(),
    title: z.string().nullable(),
    code: z.enum(errorCodeNames),
    detail: z.string(),
  })
  .meta({ id: "SkippedEntry", description: "An entry of a list of which no job was made, and why." });
export type SkippedEntry = z.infer<typeof SkippedEntry>;

/** The representation of a skipped entry for clients. */
export function toSkippedEntry({ url, title, skipped }: BatchEntry): SkippedEntry {
  return { url, title, code: skipped?.code ?? "internal_error", detail: skipped?.detail ?? "" };
}
