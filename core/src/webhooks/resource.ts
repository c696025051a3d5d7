import { z } from "zod";
import { DeliveryAttempt, DeliveryState, type WebhookDelivery } from "./delivery.ts";
import { WebhookEvent } from "./events.ts";
import type { Webhook } from "./webhook.ts";

const time = z.iso.datetime();

/** A webhook as clients see it; never its secret. */
export const WebhookResource = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(WebhookEvent),
    description: z.string(),
    enabled: z.boolean(),
    disabledAt: time.nullable(),
    disabledReason: z
      .enum(["gone", "failing", "by_owner"])
      .nullable()
      .describe("`gone`: it answered 410; `failing`: nothing was delivered for days; `by_owner`: `enabled: false`."),
    failingSince: time.nullable().describe("Since when no delivery has succeeded; null when the latest one did."),
    secretExpiresAt: time
      .nullable()
      .describe("Until when the secret before the newest signs as well; null outside of a rotation."),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Webhook" });
export type WebhookResource = z.infer<typeof WebhookResource>;

/** The representation of a webhook for clients. */
export function toWebhookResource(webhook: Webhook): WebhookResource {
  return {
    id: webhook.id,
    url: webhook.url,
    events: [...webhook.events],
    description: webhook.description,
    enabled: webhook.disabledAt === null,
    disabledAt: webhook.disabledAt?.toISOString() ?? null,
    disabledReason: webhook.disabledReason,
    failingSince: webhook.failingSince?.toISOString() ?? null,
    secretExpiresAt: webhook.secrets[1]?.expiresAt ?? null,
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}

/** A delivery as clients see it. */
export const DeliveryResource = z
  .object({
    id: z.string().describe("The message's id: the header `webhook-id` of every try and replay."),
    type: z.union([WebhookEvent, z.literal("webhook.test")]),
    jobId: z.string().nullable(),
    state: DeliveryState,
    attempts: z.array(DeliveryAttempt).describe("The latest 25, in order."),
    nextAttemptAt: time.nullable(),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: "WebhookDelivery" });
export type DeliveryResource = z.infer<typeof DeliveryResource>;

/** The representation of a delivery for clients. */
export function toDeliveryResource(delivery: WebhookDelivery): DeliveryResource {
  return {
    id: delivery.id,
    type: delivery.type,
    jobId: delivery.jobId,
    state: delivery.state,
    attempts: [...delivery.attempts],
    nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
    createdAt: delivery.createdAt.toISOString(),
    finishedAt: delivery.finishedAt?.toISOString() ?? null,
  };
}
