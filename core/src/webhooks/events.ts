import { z } from "zod";

export const WebhookEvent = z
  .enum(["job.succeeded", "job.failed", "job.canceled", "batch.finished", "schedule.failed", "egress.blocked"])
  .meta({ id: "WebhookEvent" });
/** What a webhook can be told of. */
export type WebhookEvent = z.infer<typeof WebhookEvent>;
