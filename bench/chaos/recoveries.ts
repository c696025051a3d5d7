import type { HistoryRow } from "./history.ts";
import { type Finding, finding } from "./verdict.ts";

/** A time interval, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The recovery of a job whose worker was lost. */
export interface Recovery {
  readonly job: string;
  readonly attempt: number;
  /** When the job was claimed again. */
  readonly at: Date;
  /** The part of it until the job was requeued. */
  readonly noticedMs: number;
  /** Whether there was an outage of the database: then the grace period of workers after it is included. */
  readonly afterOutage: boolean;
  /** From the last heartbeat of the lost worker to the next worker's claim, without the time the database was down. */
  readonly ms: number;
}

/**
 * The recoveries of one job from its history, measured from the last heartbeat before the loss. The worker was killed after
 * that heartbeat, so a user never waits longer than what is measured here.
 */
export function recoveriesOf(rows: readonly HistoryRow[], databaseAway: readonly Span[]): Recovery[] {
  const found: Recovery[] = [];
  let lost: { readonly attempt: number; readonly since: number; readonly noticedAt: number } | null = null;
  let alive = 0;
  let lease = 0;
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1];
    const at = row.at.getTime();
    if (before !== undefined && row.lostWorkers > before.lostWorkers) {
      // A job that is stopped after too many losses has no next claim.
      lost = row.state === "queued" ? { attempt: row.attempt, since: alive, noticedAt: at } : null;
    } else if (row.state === "running") {
      const claimed = before === undefined || row.attempt > before.attempt;
      if (claimed && lost !== null) {
        const { attempt, since, noticedAt } = lost;
        const awayUntil = (to: number) =>
          databaseAway.reduce((sum, span) => sum + overlap(span, { from: since, to }), 0);
        found.push({
          job: row.job,
          attempt,
          at: row.at,
          noticedMs: noticedAt - since - awayUntil(noticedAt),
          afterOutage: awayUntil(noticedAt) > 0,
          ms: at - since - awayUntil(at),
        });
        lost = null;
      }
      // Ending the leases of dead workers is no heartbeat.
      const until = row.leaseUntil?.getTime() ?? 0;
      if (claimed || until > lease) alive = at;
      lease = until;
    } else if (row.state !== "queued") lost = null;
  }
  return found;
}

function overlap(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}

/** Number of recoveries, and their durations in milliseconds. */
export interface RecoverySummary {
  readonly count: number;
  readonly median: number;
  readonly longest: number;
}

export function summarise(recoveries: readonly Recovery[]): RecoverySummary {
  const sorted = recoveries.map(({ ms }) => ms).sort((a, b) => a - b);
  return { count: sorted.length, median: sorted[sorted.length >> 1] ?? 0, longest: sorted.at(-1) ?? 0 };
}

/** Detection time, in addition to the lease. */
const allowanceMs = 5_000;

/** Checks the recoveries. The time of the next claim is not bounded: it also depends on when a worker becomes idle. */
export function checkRecoveries(recoveries: readonly Recovery[], leaseMs: number): Finding {
  const limitOf = ({ afterOutage }: Recovery) => leaseMs + allowanceMs + (afterOutage ? (leaseMs * 4) / 3 : 0);
  const longest = Math.max(0, ...recoveries.map(({ noticedMs }) => noticedMs));
  return finding(
    `a lost job is given back within the lease and ${allowanceMs / 1000} s`,
    recoveries
      .filter((recovery) => recovery.noticedMs > limitOf(recovery))
      .map(({ job, attempt, at, noticedMs, ms }) => {
        const when = at.toISOString();
        return `${job} after attempt ${attempt}, at ${when}: given back after ${noticedMs} ms, taken up after ${ms} ms`;
      }),
    `longest ${longest} ms of ${recoveries.length}; allowed ${leaseMs + allowanceMs} ms, more after an outage of the database`,
  );
}
