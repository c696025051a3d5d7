import { z } from "zod";

export const WebhookEvent = z
  .enum(["job.succeeded", "job.failed", "job.canceled", "batch.finished", "schedule.failed", "egress.blocked"])
  .meta({ id: "WebhookEvent" });
/** What a webhook can be told of. */
export type WebhookEvent = z.infer<typeof WebhookEvent>;

/** Events that tell of the service itself, not of what their owner has made: only operators are told of them. */
export const operatorEvents: ReadonlySet<string> = new Set<WebhookEvent>(["egress.blocked"]);
