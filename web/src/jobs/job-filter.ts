import type { DownloadFilter, DownloadJob, JobState } from "@vidferry/sdk";

/** Which jobs are listed. */
export interface JobFilter {
  readonly group: "all" | "active" | "done" | "failed";
  readonly text: string;
  /** `name=value`, or empty. */
  readonly label: string;
  /** Made on this day or later, as `2026-11-01`, or empty. */
  readonly since: string;
  readonly batchId: string | null;
}

export const noFilter: JobFilter = { group: "all", text: "", label: "", since: "", batchId: null };

const groups: Readonly<Record<JobFilter["group"], readonly JobState[] | null>> = {
  all: null,
  active: ["scheduled", "queued", "paused", "running"],
  done: ["succeeded"],
  failed: ["failed", "canceled"],
};

/** Whether a job is one of those that are listed. */
export function matches(job: DownloadJob, { group, text, label, since, batchId }: JobFilter): boolean {
  const states = groups[group];
  if (states !== null && !states.includes(job.state)) return false;
  if (batchId !== null && job.batchId !== batchId) return false;
  if (since !== "" && job.createdAt < beginOf(since).toISOString()) return false;
  const [name, ...value] = label.split("=");
  if (name !== undefined && name !== "" && job.labels[name] !== value.join("=")) return false;
  const words = `${job.request.url} ${job.media?.title ?? ""}`.toLowerCase();
  return words.includes(text.trim().toLowerCase());
}

/** The filter as the service takes it. */
export function queryOf({ group, text, label, since, batchId }: JobFilter): DownloadFilter {
  const states = groups[group];
  const [name, ...value] = label.split("=");
  return {
    ...(states === null ? {} : { state: states }),
    ...(text.trim() === "" ? {} : { q: text.trim() }),
    ...(name === undefined || name === "" ? {} : { labels: { [name]: value.join("=") } }),
    ...(since === "" ? {} : { createdAfter: beginOf(since) }),
    ...(batchId === null ? {} : { batchId }),
  };
}

/** When a day begins where the person is. */
const beginOf = (day: string): Date => new Date(`${day}T00:00`);
