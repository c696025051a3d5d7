export * from "./downloader.ts";
export type { AttemptLimits } from "./limits.ts";
export { decideRetry, type RetryDecision } from "./retry-policy.ts";
export { type AttemptOptions, runAttempt } from "./run-attempt.ts";
export { runCheck } from "./run-check.ts";
export type { TimeRange } from "./timeline/time-ranges.ts";
export * from "./transcoder.ts";
export * from "./translator.ts";
export * from "./work-folders.ts";
