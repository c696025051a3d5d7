export { announce, eventRetentionSeconds, offer, signalStop } from "./announce.ts";
export type { AttemptDeps, Backends, ServiceDeps } from "./dependencies.ts";
export { type FollowOptions, followJob } from "./follow-job.ts";
export type { AttemptLimits } from "./make-results.ts";
export { type ClientMove, getJob, moveJob, removeJob } from "./manage-job.ts";
export { fileLink, type OpenedFile, openFile, type RequestedRange } from "./read-file.ts";
export { decideRetry, type RetryDecision } from "./retry-policy.ts";
export { type AttemptOptions, runAttempt } from "./run-attempt.ts";
export { runCheck } from "./run-check.ts";
export { defaultSweeperOptions, runSweeper, type SweeperOptions } from "./run-sweeper.ts";
export { type SubmitInput, type SubmitPolicy, submitJob } from "./submit-job.ts";
export {
  defaultSweepOptions,
  type SweepOptions,
  type SweepReport,
  sweep,
  sweepBlobs,
  sweepWorkFolders,
} from "./sweep.ts";
