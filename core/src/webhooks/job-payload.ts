import type { Job } from "../jobs/job.ts";
import { type JobResource, toJobResource } from "../jobs/resource.ts";
import type { WebhookEvent } from "./events.ts";

/** What the end of a job is called; null for a state that is none. */
export function endEvent(job: Pick<Job, "state">): WebhookEvent | null {
  switch (job.state) {
    case "succeeded":
      return "job.succeeded";
    case "failed":
      return "job.failed";
    case "canceled":
      return "job.canceled";
    default:
      return null;
  }
}

/** Longest body, in bytes: Standard Webhooks asks for less than 20 KB, and addresses may still become longer. */
export const maxStoredBytes = 16_384;

/** Keeps this many of a list that had to be shortened. */
const keptWarnings = 5;
const keptArtifacts = 20;
const keptCharacters = 500;

/** What is shortened while a body is too long, in this order; each says how the job then looks. */
const shortenings: readonly (readonly [field: string, shorten: (job: JobResource) => JobResource])[] = [
  ["media.chapters", (job) => ({ ...job, media: job.media && { ...job.media, chapters: [] } })],
  ["warnings", (job) => ({ ...job, warnings: job.warnings.slice(0, keptWarnings) })],
  ["artifacts", (job) => ({ ...job, artifacts: job.artifacts.slice(0, keptArtifacts) })],
  ["labels", (job) => ({ ...job, labels: {}, request: { ...job.request, labels: {} } })],
  ["texts", (job) => shortTexts(job)],
  // Whatever else may be long one day: the receiver still learns which job it is and how it ended.
  ["media", (job) => ({ ...job, media: null })],
  ["artifacts", (job) => ({ ...job, artifacts: [] })],
  ["warnings", (job) => ({ ...job, warnings: [] })],
];

/** The body that tells of the end of a job: the job as the API shows it, shortened where it is too long. */
export function jobBody(type: WebhookEvent, job: Job): string {
  const timestamp = (job.finishedAt ?? job.updatedAt).toISOString();
  let resource = toJobResource(job);
  const trimmed = new Set<string>();
  const body = (): string => JSON.stringify({ type, timestamp, data: { job: resource, trimmed: [...trimmed] } });
  for (const [field, shorten] of shortenings) {
    if (byteLength(body()) <= maxStoredBytes) break;
    const shorter = shorten(resource);
    if (JSON.stringify(shorter) !== JSON.stringify(resource)) trimmed.add(field);
    resource = shorter;
  }
  return body();
}

const encoder = new TextEncoder();
export const byteLength = (text: string): number => encoder.encode(text).length;

/** The same with long texts cut; every text keeps its beginning. */
function shortTexts<T>(value: T): T {
  if (typeof value === "string")
    return (value.length > keptCharacters ? `${value.slice(0, keptCharacters)}…` : value) as T;
  if (Array.isArray(value)) return value.map(shortTexts) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shortTexts(entry)])) as T;
}
