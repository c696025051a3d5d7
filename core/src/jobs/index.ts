export { announce, eventRetentionSeconds, offer, signalStop } from "./announce.ts";
export * from "./attempts.ts";
export {
  type BulkAction,
  type BulkCommand,
  type BulkItem,
  type BulkResult,
  type BulkTarget,
  changeJobs,
} from "./bulk.ts";
export * from "./dispatch.ts";
export { editJob } from "./edit-job.ts";
export * from "./event-log.ts";
export * from "./events.ts";
export { fingerprintOf } from "./fingerprint.ts";
export type { SubmitReuse } from "./finish-kept.ts";
export { type FollowOptions, followJob } from "./follow-job.ts";
export { type FollowOwnerOptions, followOwner } from "./follow-owner.ts";
export * from "./hint-queue.ts";
export { holdsOf } from "./holds.ts";
export * from "./job.ts";
export * from "./jobs.ts";
export * from "./leases.ts";
export { finishJobOnce, getJob, moveJob, moveJobOnce, removeJob } from "./manage-job.ts";
export * from "./media.ts";
export { createMissedEvents, type MissedEvents } from "./missed-events.ts";
export * from "./queue-state.ts";
export * from "./read-request.ts";
export * from "./request.ts";
export * from "./request-values.ts";
export * from "./resource.ts";
export { placeOf } from "./rules/list-order.ts";
export * from "./signals.ts";
export * from "./states.ts";
export {
  type OperatorServers,
  type SubmitInput,
  type SubmitPolicy,
  submitJob,
} from "./submit-job.ts";
export { type WaitForEndOptions, waitForEnd } from "./wait-for-end.ts";
