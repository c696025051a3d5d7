import { z } from "@hono/zod-openapi";
import { jobEventTypes } from "@vidferry/core";
import { EventId } from "../../http/parameters.ts";

/** Headers of a request for events. */
export const StreamHeaders = z.object({
  "last-event-id": EventId.optional().openapi({ description: "Go on after this event." }),
});

/** In the query of a request for events. */
export const StreamQuery = z.object({
  lastEventId: EventId.optional().openapi({ description: "The same, for clients that cannot set the header." }),
  ticket: z
    .string()
    .max(100)
    .optional()
    .openapi({ description: "A ticket in place of a key: opens one stream, within a minute.", example: "vft_…" }),
});

/** In the query of a request for the events of all jobs. */
export const OwnerStreamQuery = StreamQuery.extend({
  types: z
    .string()
    .max(100)
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(jobEventTypes)))
    .transform((types) => new Set(types))
    .optional()
    .openapi({
      type: "string",
      pattern: "^(job|progress|batch)(,(job|progress|batch))*$",
      maxLength: 100,
      description: `Only events of these types, separated by commas: ${jobEventTypes.map((type) => `\`${type}\``).join(", ")}. \`snapshot\` comes always.`,
      example: "job",
    }),
});

const id = z.string().describe("Its place in the log; opaque.");

/** The fields of an event of one type; `data` is JSON of the named schema. */
const eventOf = (event: string, schema: string, example: object) =>
  z.object({
    id,
    event: z.literal(event),
    data: z.string().openapi({
      description: `JSON: a \`${schema}\`.`,
      contentMediaType: "application/json",
      contentSchema: { $ref: `#/components/schemas/${schema}` },
      example: JSON.stringify(example),
    } as object),
  });

const progress = {
  jobId: "job_0199f3a2c4d87b1e9a5d6c3f20417e88",
  attempt: 1,
  stage: "downloading",
  progress: {
    percent: 42.5,
    downloadedBytes: 4_456_448,
    totalBytes: 10_485_760,
    bytesPerSecond: 2_097_152,
    etaSeconds: 3,
  },
};

const JobFrame = eventOf("job", "DownloadJob", { id: progress.jobId, state: "succeeded" }).meta({ id: "JobFrame" });
const ProgressFrame = eventOf("progress", "ProgressEvent", progress).meta({ id: "ProgressFrame" });
const SnapshotFrame = eventOf("snapshot", "SnapshotEvent", { jobs: 3, complete: true }).meta({ id: "SnapshotFrame" });

const BatchFrame = eventOf("batch", "Batch", { id: "bat_0199f3a2c4d87b1e9a5d6c3f20417e88", state: "running" }).meta({
  id: "BatchFrame",
});

/** One event of a batch's stream. */
export const StreamedBatchEvent = z.union([BatchFrame, JobFrame]).meta({
  id: "StreamedBatchEvent",
  description: "An event of a batch or of one of its jobs, by the fields of its frame.",
});

/** One event of a job's stream, as its fields are called there. */
export const StreamedEvent = z
  .union([JobFrame, ProgressFrame])
  .meta({ id: "StreamedEvent", description: "An event of one job, by the fields of its frame." });

/** One event of an owner's stream. */
export const StreamedOwnerEvent = z.union([JobFrame, ProgressFrame, BatchFrame, SnapshotFrame]).meta({
  id: "StreamedOwnerEvent",
  description: "An event of any of the owner's jobs or batches, by the fields of its frame.",
});
