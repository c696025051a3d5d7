/**
 * Which yt-dlp attempts are run with. Versions lie side by side on the disks of the workers; this is what all of them agree on.
 * @module
 */

/** A version of yt-dlp as it names itself, for example `2026.10.26`; null: the one that the settings name. */
export type EngineVersion = string | null;

/** How runs ended, as far as the engine is to blame or to praise for it. */
export interface EngineOutcomes {
  readonly succeeded: number;
  readonly failed: number;
}

/** A version that some attempts are run with before all are. */
export interface EngineTrial {
  readonly version: string;
  /** Of all attempts: more than 0, less than 1. */
  readonly share: number;
  readonly outcomes: EngineOutcomes;
  /** Of the version in use, meanwhile. */
  readonly reference: EngineOutcomes;
}

/** A version that all attempts are run with, and that is left again when it fails more often than was usual. */
export interface EngineWatch {
  /** The usual share of failures, 0 to 1. */
  readonly usual: number;
  /** Of the latest runs. */
  readonly outcomes: EngineOutcomes;
}

/** What is chosen. */
export interface EngineChoice {
  readonly current: EngineVersion;
  /** What was in use before; undefined: nothing to go back to. */
  readonly previous?: EngineVersion;
  readonly trial: EngineTrial | null;
  readonly watch: EngineWatch | null;
  /** The version that was left by itself, and why; null: none since the last choice. */
  readonly left: { readonly version: string; readonly reason: string } | null;
  /** The newest version that was seen in the index; absent: nobody has looked. It changes nothing. */
  readonly newest?: string;
}

/** Until somebody chooses. */
export const firstChoice: EngineChoice = { current: null, trial: null, watch: null, left: null };

/** Runs of a trial before the version is used for all. */
const trialRuns = 20;
/** Runs after which a watch begins anew, so that old successes do not hide new failures. */
const watchRuns = 50;
/** Fewer failures than this prove nothing. */
const leastFailures = 5;
/** How much the share of failures must exceed the usual one. */
const excess = 0.2;
/** Taken as usual while there is too little to tell. */
const assumedUsual = 0.1;

const none: EngineOutcomes = { succeeded: 0, failed: 0 };
const runsOf = ({ succeeded, failed }: EngineOutcomes): number => succeeded + failed;
const shareOf = (outcomes: EngineOutcomes): number => outcomes.failed / Math.max(1, runsOf(outcomes));
const plus = (one: EngineOutcomes, other: EngineOutcomes): EngineOutcomes => ({
  succeeded: one.succeeded + other.succeeded,
  failed: one.failed + other.failed,
});
const usualOf = (reference: EngineOutcomes): number =>
  runsOf(reference) >= trialRuns ? shareOf(reference) : Math.max(assumedUsual, shareOf(reference));
const isWorse = (outcomes: EngineOutcomes, usual: number): boolean =>
  outcomes.failed >= leastFailures && shareOf(outcomes) > usual + excess;
const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Uses a version: for a share of the attempts first, or for all of them at once where `share` is 1. */
export function useEngine(choice: EngineChoice, version: EngineVersion, share: number): EngineChoice {
  if (version === choice.current) return { ...choice, trial: null, left: null };
  if (version !== null && share < 1)
    return { ...choice, trial: { version, share, outcomes: none, reference: none }, left: null };
  return switchTo(choice, version, usualOf(none));
}

/** Goes back: ends a trial, or returns to the version that was in use before. Null: there is nothing to go back to. */
export function rollBackEngine(choice: EngineChoice): EngineChoice | null {
  if (choice.trial !== null) return { ...choice, trial: null };
  if (choice.previous === undefined) return null;
  return { ...seenBy(choice), current: choice.previous, trial: null, watch: null, left: null };
}

/**
 * Counts how runs of each version ended, and decides: a trial that goes well ends in use for all, one that fails more often than the
 * version in use ends; a version in use that fails more often than was usual gives way to the one before.
 */
export function countRuns(choice: EngineChoice, runs: ReadonlyMap<EngineVersion, EngineOutcomes>): EngineChoice {
  const { current, previous, trial, watch } = choice;
  const own = runs.get(current) ?? none;
  if (trial !== null) {
    const outcomes = plus(trial.outcomes, runs.get(trial.version) ?? none);
    const reference = plus(trial.reference, own);
    const usual = usualOf(reference);
    if (isWorse(outcomes, usual))
      return { ...choice, trial: null, left: { version: trial.version, reason: comparison(outcomes, usual) } };
    if (runsOf(outcomes) >= trialRuns) return switchTo(choice, trial.version, usual);
    return { ...choice, trial: { ...trial, outcomes, reference } };
  }
  if (watch === null || current === null) return choice;
  const outcomes = plus(watch.outcomes, own);
  if (previous !== undefined && isWorse(outcomes, watch.usual)) {
    const left = { version: current, reason: comparison(outcomes, watch.usual) };
    return { ...seenBy(choice), current: previous, trial: null, watch: null, left };
  }
  return { ...choice, watch: { ...watch, outcomes: runsOf(outcomes) >= watchRuns ? none : outcomes } };
}

/** The version to run an attempt with. @param drawn a random number, 0 to 1. */
export function drawEngine({ current, trial }: EngineChoice, drawn: number): EngineVersion {
  return trial !== null && drawn < trial.share ? trial.version : current;
}

/** The versions that a worker needs on its disk. */
export function wantedEngines({ current, previous, trial }: EngineChoice): readonly string[] {
  const wanted = [current, previous ?? null, trial?.version ?? null];
  return [...new Set(wanted.filter((version) => version !== null))];
}

function switchTo(choice: EngineChoice, version: EngineVersion, usual: number): EngineChoice {
  const watch = version === null ? null : { usual, outcomes: none };
  return { ...seenBy(choice), current: version, previous: choice.current, trial: null, watch, left: null };
}

const seenBy = ({ newest }: EngineChoice): Pick<EngineChoice, "newest"> => (newest === undefined ? {} : { newest });

const comparison = (outcomes: EngineOutcomes, usual: number): string =>
  `${outcomes.failed} of ${runsOf(outcomes)} runs failed, usual are ${percent(usual)}`;
