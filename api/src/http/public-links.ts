import { type Hold, type Job, type JobResource, type OwnerEvent, toJobResource } from "@vidferry/core";

/** Makes links of paths of the service as clients reach them: under the public address, when there is one. */
export interface PublicLinks {
  /** The link to a path that begins with `/`. */
  to(path: string): string;
  /** A job as clients see it; `hold`: what holds it up. */
  job(job: Job, hold?: Hold): JobResource;
  /** An event as clients see it. */
  event(event: OwnerEvent): OwnerEvent;
}

/** Links under this address, which may have a path and has no slash at its end; null: links are paths alone. */
export function createPublicLinks(publicUrl: string | null): PublicLinks {
  const to = (path: string): string => (publicUrl ?? "") + path;
  const resource = (job: JobResource): JobResource =>
    publicUrl === null
      ? job
      : { ...job, artifacts: job.artifacts.map((artifact) => ({ ...artifact, url: to(artifact.url) })) };
  return {
    to,
    job: (job, hold) => resource(toJobResource(job, hold)),
    event: (event) => (event.type === "job" ? { ...event, data: resource(event.data) } : event),
  };
}
