import type { FinalJob, HistoryRow } from "./history.ts";
import type { AcceptedJob } from "./job-checks.ts";
import { type Finding, finding } from "./verdict.ts";

/** One of so many jobs is poison, from this one on; not drawn, so that a short run has one as well. */
const every = 100;
const first = 12;

/** Whether the job with this number takes down every worker that runs it. */
export const isPoison = (index: number): boolean => index % every === first;

const marker = "poison";

/** Marks a URL of the light engine as one that kills its worker. */
export const poisonUrl = (url: string): string => `${url}&${marker}`;

/** Kills the worker during a fetch when the URL is marked. */
export function swallow(url: string): void {
  if (new URL(url).searchParams.has(marker)) process.kill(process.pid, "SIGKILL");
}

interface Loss {
  readonly worker: string;
  /** When the job was taken from it, in milliseconds since 1970. */
  readonly at: number;
}

/** The workers that were lost while they ran the job, in order. */
function lossesIn(rows: readonly HistoryRow[]): Loss[] {
  return rows.flatMap((row, index) => {
    const before = rows[index - 1];
    const isLost = before?.worker && row.lostWorkers > before.lostWorkers;
    return isLost ? [{ worker: before.worker, at: row.at.getTime() }] : [];
  });
}

/**
 * Checks poison jobs, which kill their workers, and concurrent jobs. A job may end as lost because faults killed three of its
 * workers in a row; but only the first of its losses may be caused by a concurrent poison job.
 */
export function checkPoison(
  accepted: readonly AcceptedJob[],
  jobs: readonly FinalJob[],
  history: ReadonlyMap<string, readonly HistoryRow[]>,
  leaseMs: number,
): Finding[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const codeOf = ({ id }: AcceptedJob) => byId.get(id)?.errorCode ?? byId.get(id)?.state ?? "gone";
  const lossesOf = ({ id }: AcceptedJob) => lossesIn(history.get(id) ?? []);
  const poison = accepted.filter(({ planned }) => planned.kind === "poison");
  const others = accepted.filter(({ planned }) => planned.kind !== "poison");
  const poisoned = poison.flatMap(lossesOf);
  // The leases of a worker that died run out within a lease of each other.
  const isShared = (loss: Loss) =>
    poisoned.some(({ worker, at }) => worker === loss.worker && Math.abs(at - loss.at) < 2 * leaseMs);
  const lost = others.filter((job) => codeOf(job) === "worker_lost");
  return [
    finding(
      "a job that takes every worker down ends as worker_lost",
      poison.filter((job) => codeOf(job) !== "worker_lost").map((job) => `${job.id}: ${codeOf(job)}`),
      `${poison.length} such jobs`,
    ),
    finding(
      "no job loses more than one worker to a job beside it, and none ends as worker_lost by that",
      others
        .map((job) => ({ job, losses: lossesOf(job).filter(isShared) }))
        .filter(({ losses }) => losses.length > 1)
        .map(({ job, losses }) => `${job.id} (${codeOf(job)}): ${losses.map(({ worker }) => worker).join(", ")}`),
      `${others.length} other jobs; ${lost.length} lost three workers to faults`,
    ),
  ];
}
