import type { FinalJob } from "./history.ts";
import type { AcceptedJob } from "./job-checks.ts";
import { type Finding, finding } from "./verdict.ts";

/** One of so many jobs is poison, from this one on; not drawn, so that a short run has one as well. */
const every = 100;
const first = 12;

/** Whether the job with this number takes down every worker that runs it. */
export const isPoison = (index: number): boolean => index % every === first;

const marker = "poison";

/** Marks an address of the light engine as one that kills its worker. */
export const poisonUrl = (url: string): string => `${url}&${marker}`;

/** Takes the worker down in the middle of a fetch, without a word, when the address is marked. */
export function swallow(url: string): void {
  if (new URL(url).searchParams.has(marker)) process.kill(process.pid, "SIGKILL");
}

/** What must hold of jobs that take their workers down, and of those beside them. */
export function checkPoison(accepted: readonly AcceptedJob[], jobs: readonly FinalJob[]): Finding[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const codeOf = ({ id }: AcceptedJob) => byId.get(id)?.errorCode ?? byId.get(id)?.state ?? "gone";
  const [poison, others] = [true, false].map((wanted) =>
    accepted.filter(({ planned }) => (planned.kind === "poison") === wanted),
  );
  const told = (list: readonly AcceptedJob[] = []) => list.map((job) => `${job.id}: ${codeOf(job)}`);
  return [
    finding(
      "a job that takes every worker down ends as worker_lost",
      told(poison?.filter((job) => codeOf(job) !== "worker_lost")),
      `${poison?.length ?? 0} such jobs`,
    ),
    finding(
      "no other job ends as worker_lost",
      told(others?.filter((job) => codeOf(job) === "worker_lost")),
      `${others?.length ?? 0} other jobs`,
    ),
  ];
}
