import { type ErrorCode, errorCodes } from "../errors/codes.ts";

export interface RetryDecision {
  readonly retry: boolean;
  /** How long to wait before the next attempt, in milliseconds. */
  readonly delayMs: number;
}

// The first pause and the longest one; each failure doubles it. Sites that limit an egress do so for up to an hour.
const pauses = {
  backoff: { firstMs: 2_000, longestMs: 5 * 60_000 },
  egress: { firstMs: 60_000, longestMs: 60 * 60_000 },
} as const;

/**
 * Whether and when a failed attempt is tried again: exponential backoff with full jitter above half, so that jobs that
 * failed together do not come back together.
 */
export function decideRetry(input: {
  readonly code: ErrorCode;
  /** Failures so far, this one included. */
  readonly failures: number;
  readonly maxAttempts: number;
  /** When the source said it makes sense. */
  readonly retryAt: Date | null;
  readonly now: Date;
  /** 0 to 1. */
  readonly random: number;
}): RetryDecision {
  const rule = errorCodes[input.code].retry;
  if (rule === "at-start") {
    const late = input.retryAt !== null && input.retryAt <= input.now;
    if (input.retryAt === null || (late && input.failures >= input.maxAttempts)) return { retry: false, delayMs: 0 };
    // Streams start late more often than early; a minute of patience saves an attempt.
    return { retry: true, delayMs: Math.max(60_000, input.retryAt.getTime() - input.now.getTime() + 60_000) };
  }
  if (rule === "never" || input.failures >= input.maxAttempts) return { retry: false, delayMs: 0 };
  const { firstMs, longestMs } = pauses[rule];
  const full = Math.min(longestMs, firstMs * 2 ** (input.failures - 1));
  const asked = input.retryAt === null ? 0 : input.retryAt.getTime() - input.now.getTime();
  return { retry: true, delayMs: Math.max(asked, Math.round(full * (0.5 + input.random / 2))) };
}
