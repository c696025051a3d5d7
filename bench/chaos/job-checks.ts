import type { FinalJob, HistoryRow } from "./history.ts";
import type { PlannedJob } from "./plan.ts";
import { type Finding, finding } from "./verdict.ts";

/** A job that an API has accepted, and what its client asked for afterwards. */
export interface AcceptedJob {
  readonly id: string;
  readonly planned: PlannedJob;
  /** Null until a cancel was answered; then whether the answer was that the job is canceled. */
  readonly canceled: boolean | null;
}

const terminal = ["succeeded", "failed", "canceled"];

/** What must hold of the rows of the jobs and of their history. */
export function checkJobs(
  accepted: readonly AcceptedJob[],
  jobs: readonly FinalJob[],
  history: ReadonlyMap<string, readonly HistoryRow[]>,
): Finding[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const ended = accepted.filter(({ id }) => terminal.includes(byId.get(id)?.state ?? ""));
  const canceled = accepted.filter((job) => job.canceled === true);
  const asked = jobs.filter(({ key }) => key !== null);
  const askedFor = accepted.filter(({ planned }) => planned.key !== null);
  return [
    finding(
      "every accepted job has ended",
      accepted.filter((job) => !ended.includes(job)).map(({ id }) => `${id} is ${byId.get(id)?.state ?? "not there"}`),
      `${accepted.length} accepted, ${ended.length} ended`,
    ),
    finding(
      "a request that was sent again made no second job",
      asked.length === new Set(asked.map(({ key }) => key)).size && asked.length === askedFor.length
        ? []
        : [`${asked.length} rows of ${askedFor.length} accepted jobs`],
      `${asked.length} rows`,
    ),
    finding(
      "attempts only count up, each is claimed once, and an end is an end",
      [...history].flatMap(([id, rows]) => disorder(rows).map((what) => `${id}: ${what}`)),
      `${[...history.values()].reduce((sum, rows) => sum + rows.length, 0)} writes looked through`,
    ),
    finding(
      "a canceled job stays canceled and publishes nothing",
      canceled
        .filter(({ id }) => byId.get(id)?.state !== "canceled" || byId.get(id)?.artifacts.length !== 0)
        .map(({ id }) => `${id} is ${byId.get(id)?.state} with ${byId.get(id)?.artifacts.length} files`),
      `${canceled.length} canceled`,
    ),
  ];
}

function disorder(rows: readonly HistoryRow[]): string[] {
  return rows.flatMap((row, index) => {
    const before = rows[index - 1];
    if (before === undefined) return row.attempt === 0 ? [] : [`begins with attempt ${row.attempt}`];
    if (terminal.includes(before.state)) return [`${row.state} after ${before.state}`];
    const claims = row.state === "running" && before.state !== "running";
    if (row.attempt === before.attempt + (claims ? 1 : 0)) return [];
    return [`attempt ${row.attempt} (${row.state}) after ${before.attempt} (${before.state})`];
  });
}
