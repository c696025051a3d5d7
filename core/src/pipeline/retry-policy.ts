import { type ErrorCode, errorCodes } from "../errors/codes.ts";

export interface RetryInput {
  readonly code: ErrorCode;
  /** Failures so far, this one included. */
  readonly failures: number;
  readonly maxAttempts: number;
  /** Earliest time given by the source; for a live stream its start, even a past one. */
  readonly retryAt: Date | null;
  readonly now: Date;
  /** 0 to 1. */
  readonly random: number;
  /** When the job was submitted. */
  readonly createdAt: Date;
  /** Attempts so far, this one included. */
  readonly attempt: number;
  /** A live stream is recorded from its start, and not only downloaded when its recording is online; false. */
  readonly recordsLive?: boolean;
}

export interface RetryDecision {
  readonly retry: boolean;
  /** How long to wait before the next attempt, in milliseconds. */
  readonly delayMs: number;
  /** Whether the attempt counts against `maxAttempts`; waiting for the source does not. */
  readonly countsAsFailure: boolean;
}

// First and longest pause; each failure doubles it. Sites that rate-limit an egress do so for up to an hour.
const pauses = {
  backoff: { firstMs: 2_000, longestMs: 5 * 60_000 },
  egress: { firstMs: 60_000, longestMs: 60 * 60_000 },
} as const;

/** How long after its start to wait for the recording of a live stream: YouTube keeps no longer ones. */
const recordingPatienceMs = 24 * 3_600_000;
/** How long before the first look after the start, how long at most, and how that grows with the time since the start. */
const livePauses = {
  downloaded: { shortestMs: 60_000, longestMs: 3_600_000, share: 1 / 2 },
  // What is on air meanwhile is missing in the recording.
  recorded: { shortestMs: 15_000, longestMs: 300_000, share: 1 / 10 },
} as const;
/** Most attempts for a live stream whose start is postponed again and again. */
const mostLooks = { downloaded: 100, recorded: 500 } as const;

const giveUp: RetryDecision = { retry: false, delayMs: 0, countsAsFailure: true };

/**
 * Whether and when a failed attempt is retried: exponential backoff with equal jitter (half fixed, half random), so that jobs
 * that failed together are not retried together.
 */
export function decideRetry(input: RetryInput): RetryDecision {
  const { retryAt, now, createdAt } = input;
  const rule = errorCodes[input.code].retry;
  // A job created before the live stream began waits for its recording, whatever the source answers until that exists.
  if (rule === "at-start" || (rule === "never" && retryAt !== null && retryAt > createdAt)) return waitForLive(input);
  if (rule === "never" || input.failures >= input.maxAttempts) return giveUp;
  const { firstMs, longestMs } = pauses[rule];
  const full = Math.min(longestMs, firstMs * 2 ** (input.failures - 1));
  const asked = retryAt === null ? 0 : retryAt.getTime() - now.getTime();
  const delayMs = Math.max(asked, Math.round(full * (0.5 + input.random / 2)));
  return { retry: true, delayMs, countsAsFailure: true };
}

/** Retries at the start or soon after it, and then with pauses that grow with the time since the start. */
function waitForLive({ retryAt, createdAt, now, attempt, code, recordsLive = false }: RetryInput): RetryDecision {
  // When it was on air already, what is waited for is the recording that the source makes.
  const kind = recordsLive && code === "live_not_started" ? "recorded" : "downloaded";
  const { shortestMs, longestMs, share } = livePauses[kind];
  const lateMs = now.getTime() - (retryAt ?? createdAt).getTime();
  if (lateMs > recordingPatienceMs || attempt >= mostLooks[kind]) return giveUp;
  const first = kind === "recorded" ? 0 : shortestMs;
  const delayMs = lateMs < 0 ? first - lateMs : Math.min(longestMs, Math.max(shortestMs, lateMs * share));
  return { retry: true, delayMs: Math.round(delayMs), countsAsFailure: false };
}
