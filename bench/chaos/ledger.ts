import type { AcceptedJob } from "./job-checks.ts";
import type { Span } from "./recoveries.ts";

/** A fault, and how long it lasted. */
export interface PastStrike extends Span {
  readonly describe: string;
}

/** Progress of a run: jobs and faults advance together, so that they overlap the whole time. */
export interface Ledger {
  /** In the order in which they were accepted. */
  readonly accepted: AcceptedJob[];
  /** Faults by kind. */
  readonly struck: Record<string, number>;
  readonly databaseAway: Span[];
  /** Every fault that is over. */
  readonly strikes: PastStrike[];
  struckCount(): number;
  /** Share of the faults that have struck, 0 to 1. */
  faultShare(): number;
  faultsAreAhead(): boolean;
  /** Whether the time for new jobs and faults is over. */
  isLate(): boolean;
}

/** A ledger for this number of jobs and faults. */
export function createLedger(goal: { readonly jobs: number; readonly faults: number; readonly until: number }): Ledger {
  const accepted: AcceptedJob[] = [];
  const struck: Record<string, number> = {};
  const struckCount = () => Object.values(struck).reduce((sum, one) => sum + one, 0);
  const lead = () => accepted.length / goal.jobs - struckCount() / goal.faults;
  return {
    accepted,
    struck,
    databaseAway: [],
    strikes: [],
    struckCount,
    faultShare: () => struckCount() / goal.faults,
    faultsAreAhead: () => lead() < -0.02,
    isLate: () => Date.now() > goal.until,
  };
}
