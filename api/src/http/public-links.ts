import { type Hold, type Job, type JobResource, type OwnerEvent, toJobResource } from "@vidferry/core";
import type { ApiConfig } from "../config.ts";

/** Makes links of paths of the service as clients reach them: under the public address, when there is one. */
export interface PublicLinks {
  /** The link to a path that begins with `/`. */
  to(path: string): string;
  /** A job as clients see it; `hold`: what holds it up. */
  job(job: Job, hold?: Hold): JobResource;
  /** An event as clients see it. */
  event(event: OwnerEvent): OwnerEvent;
}

/** What all links begin with: an address or a path, without a slash at its end; null: they are paths as they are. */
export function linkBase({ publicUrl, basePath }: Pick<ApiConfig, "publicUrl" | "basePath">): string | null {
  return publicUrl ?? (basePath === "" ? null : basePath);
}

/** The path under which the service is reached, with a slash at its end. */
export function pathOfService({ publicUrl, basePath }: Pick<ApiConfig, "publicUrl" | "basePath">): string {
  return `${publicUrl === null ? basePath : new URL(publicUrl).pathname.replace(/\/$/, "")}/`;
}

/** Links that begin with this, see {@link linkBase}. */
export function createPublicLinks(base: string | null): PublicLinks {
  const to = (path: string): string => (base ?? "") + path;
  const resource = (job: JobResource): JobResource =>
    base === null
      ? job
      : { ...job, artifacts: job.artifacts.map((artifact) => ({ ...artifact, url: to(artifact.url) })) };
  return {
    to,
    job: (job, hold) => resource(toJobResource(job, hold)),
    event: (event) => (event.type === "job" ? { ...event, data: resource(event.data) } : event),
  };
}
