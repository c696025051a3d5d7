import type { AuditId, KeyId } from "../runtime/ids.ts";

/** Who did something, and how they asked for it. */
export interface Actor {
  /** `api`: a request; `cli`: an operator's command on a host; `service`: Vidferry by itself. */
  readonly via: "api" | "cli" | "service";
  /** The owner of the key that was used; null without a key. */
  readonly owner: string | null;
  readonly keyId: KeyId | null;
  /** The request that asked for it, as in `X-Request-Id` and the log; null outside of requests. */
  readonly requestId: string | null;
}

/** What the audit log tells of. A new kind is one more word here. */
export const auditActions = [
  "key.created",
  "key.changed",
  "key.rotated",
  "key.revoked",
  "account.changed",
  "account.erased",
  "job.canceled",
  "job.finished",
  "job.deleted",
  "jobs.bulk",
  "batch.canceled",
  "batch.deleted",
  "webhook.created",
  "webhook.changed",
  "webhook.rotated",
  "webhook.deleted",
  "schedule.created",
  "schedule.changed",
  "schedule.run",
  "schedule.deleted",
  "schedule.feed_opened",
  "schedule.feed_closed",
  "egress.created",
  "egress.changed",
  "egress.deleted",
  "egress.reset",
  "worker.drained",
  "log_level.changed",
  "engine.tried",
  "engine.used",
  "engine.rolled_back",
  "engine.left",
  "sign_in.failed",
] as const;
export type AuditAction = (typeof auditActions)[number];

/** What is worth telling of an entry besides; plain values, and never a secret. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null>>;

/** An entry to write. */
export interface NewAuditEntry {
  readonly action: AuditAction;
  readonly by: Actor;
  /** Id or name of what was acted on: a job, a key, an account, a worker. Null when it was no single thing. */
  readonly subject: string | null;
  /** Whose it is; null when it is nobody's. */
  readonly owner: string | null;
  readonly detail?: AuditDetail;
}

/** An entry as it is kept. */
export interface AuditEntry extends Required<NewAuditEntry> {
  readonly id: AuditId;
  readonly at: Date;
}

/** A position in the log, newest first: the last entry of the page before. */
export interface AuditCursor {
  readonly at: Date;
  readonly id: AuditId;
}

export interface AuditQuery {
  readonly action?: AuditAction;
  readonly subject?: string;
  readonly keyId?: KeyId;
  /** At or after this time. */
  readonly from?: Date;
  /** Before this time. */
  readonly to?: Date;
  readonly after?: AuditCursor;
  readonly limit: number;
}

/**
 * Who did what. An entry is added in the transaction of the change that it tells of, so that there is neither a change without
 * an entry nor an entry without its change. Entries are never changed.
 */
export interface Audit {
  /** Adds entries; long texts of their detail are cut, and so is what is more than 20 fields. */
  add(...entries: readonly NewAuditEntry[]): Promise<void>;
  /** A page, newest first. */
  list(query: AuditQuery): Promise<readonly AuditEntry[]>;
  /** Deletes entries that are older, the oldest first and at most so many; returns their number. */
  prune(olderThanMs: number, limit: number): Promise<number>;
}

const mostFields = 20;
const longestText = 500;

/** The detail as it is kept: bounded, however much a client named. */
export function boundedDetail(detail: AuditDetail = {}): AuditDetail {
  return Object.fromEntries(
    Object.entries(detail)
      .slice(0, mostFields)
      .map(([name, value]) => [
        name.slice(0, longestText),
        typeof value === "string" ? value.slice(0, longestText) : value,
      ]),
  );
}
