import type { Batch } from "../../../batches/batch.ts";
import { type ChildCounts, countedBatch, noChildren } from "../../../batches/counts.ts";
import { DownloadTemplate, requestSchemaVersion } from "../../../jobs/request.ts";
import type { BatchId } from "../../../runtime/ids.ts";
import type { Schema } from "./schema.ts";

/** A row of `batches` as it is read. */
export type BatchRow = Schema["batches"]["$inferSelect"];

/** A row as a batch, with what was counted of its jobs. */
export function toBatch(row: BatchRow, counted: ReadonlyMap<BatchId, ChildCounts>): Batch {
  const { schemaVersion: _, dueAt: __, onlyNew, ...rest } = row;
  const batch = { ...rest, onlyNew: onlyNew === 1, request: toTemplate(row) };
  return { ...batch, ...countedBatch(batch, counted.get(row.id) ?? noChildren) };
}

/** As the request of a job: what an earlier version wrote gets the defaults of later fields. */
function toTemplate({ request, schemaVersion }: BatchRow): DownloadTemplate {
  if (schemaVersion >= requestSchemaVersion) return request as DownloadTemplate;
  const parsed = DownloadTemplate.safeParse(request);
  return parsed.success ? parsed.data : (request as DownloadTemplate);
}
