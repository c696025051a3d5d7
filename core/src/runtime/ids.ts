/** Id of a job: `job_` and a time-ordered UUIDv7 without dashes. */
export type JobId = `job_${string}`;
/** Id of an artifact. */
export type ArtifactId = `art_${string}`;
/** Id of an API key. */
export type KeyId = `key_${string}`;
/** Id of a worker process. */
export type WorkerId = `wrk_${string}`;
/** Id of an entry of the audit log. */
export type AuditId = `aud_${string}`;
/** Id of a deployment: of one database, whatever processes work on it. */
export type DeploymentId = `dep_${string}`;
/** Id of a webhook. */
export type WebhookId = `whk_${string}`;
/** Id of a delivery to a webhook. */
export type DeliveryId = `dlv_${string}`;
/** Id of a batch. */
export type BatchId = `bat_${string}`;
/** Id of a schedule. */
export type ScheduleId = `sch_${string}`;
/** Id of an egress. */
export type EgressId = `egr_${string}`;
/** The prefixes an id can have; each names what the id is of. */
export type IdPrefix = "job" | "art" | "key" | "dep" | "req" | "wrk" | "aud" | "whk" | "dlv" | "bat" | "sch" | "egr";

const shape = /^(job|art|key|dep|req|wrk|aud|whk|dlv|bat|sch|egr)_[0-9a-f]{32}$/;

/** Whether a text has the form of an id of this kind; whether it exists is not checked. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is `${P}_${string}` {
  return text.startsWith(`${prefix}_`) && shape.test(text);
}

/** The form of an id of this kind, for a schema that is published. */
export const idPattern = (prefix: IdPrefix): RegExp => new RegExp(`^${prefix}_[0-9a-f]{32}$`);
