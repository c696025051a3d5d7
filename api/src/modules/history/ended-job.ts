import { z } from "@hono/zod-openapi";
import { type EndedJob, errorCodeNames, runMsOf } from "@vidferry/core";
import { type CsvValue, csvLine } from "./csv.ts";

const time = z.iso.datetime();

export const EndedJobResource = z
  .object({
    jobId: z.string(),
    owner: z.string(),
    state: z.enum(["succeeded", "failed", "canceled"]),
    code: z.enum(errorCodeNames).nullable().describe("Why it failed; null for the others."),
    host: z.string().describe("Host of the link, without `www.`."),
    output: z.enum(["video", "audio", "transcript"]),
    url: z.string().nullable().describe("Null once the job was deleted."),
    title: z.string().nullable().describe("Null when it was never known, and once the job was deleted."),
    labels: z.record(z.string(), z.string()).nullable().describe("Null once the job was deleted."),
    files: z.int(),
    bytes: z.int().describe("Of all its files."),
    attempts: z.int(),
    createdAt: time,
    startedAt: time.nullable(),
    endedAt: time,
    runSeconds: z.number().nullable().describe("From its start to its end; null when it never ran."),
  })
  .meta({ id: "EndedJob" });
type EndedJobResource = z.infer<typeof EndedJobResource>;

export const exampleEndedJob: EndedJobResource = {
  jobId: "job_0199f3a2c4d87b1e9a5d6c3f20417e88",
  owner: "web",
  state: "succeeded",
  code: null,
  host: "youtube.com",
  output: "video",
  url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
  title: "A title",
  labels: { project: "x" },
  files: 1,
  bytes: 10_485_760,
  attempts: 1,
  createdAt: "2026-11-01T12:00:00.000Z",
  startedAt: "2026-11-01T12:00:01.000Z",
  endedAt: "2026-11-01T12:00:31.500Z",
  runSeconds: 30.5,
};

/** An end of a job as clients see it. */
export function toEndedJobResource(ended: EndedJob): EndedJobResource {
  const { createdAt, startedAt, endedAt, labels, ...rest } = ended;
  const runMs = runMsOf(ended);
  return {
    ...rest,
    labels: labels && { ...labels },
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt.toISOString(),
    runSeconds: runMs === null ? null : runMs / 1000,
  };
}

/** The columns of a CSV file. Their names and order stay; new ones come last. */
const columns: Readonly<Record<string, (ended: EndedJobResource) => CsvValue>> = {
  jobId: (ended) => ended.jobId,
  owner: (ended) => ended.owner,
  state: (ended) => ended.state,
  code: (ended) => ended.code,
  host: (ended) => ended.host,
  output: (ended) => ended.output,
  url: (ended) => ended.url,
  title: (ended) => ended.title,
  labels: (ended) => ended.labels && JSON.stringify(ended.labels),
  files: (ended) => ended.files,
  bytes: (ended) => ended.bytes,
  attempts: (ended) => ended.attempts,
  createdAt: (ended) => ended.createdAt,
  startedAt: (ended) => ended.startedAt,
  endedAt: (ended) => ended.endedAt,
  runSeconds: (ended) => ended.runSeconds,
};

export const csvHead = csvLine(Object.keys(columns));
export const toCsvLine = (ended: EndedJob): string => {
  const resource = toEndedJobResource(ended);
  return csvLine(Object.values(columns).map((value) => value(resource)));
};
