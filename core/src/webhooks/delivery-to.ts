import { timeOrderedId } from "../runtime/time-ordered-id.ts";
import type { NewDelivery } from "./deliveries.ts";
import { deliveryTarget } from "./delivery-target.ts";
import type { WebhookEvent } from "./events.ts";
import type { Webhook } from "./webhook.ts";

/** What is told that is about no single job. */
export interface WebhookNews {
  readonly type: WebhookEvent;
  readonly body: string;
  /** When it became true. */
  readonly at: Date;
  readonly traceparent?: string | null;
}

/** The delivery of a message to a webhook, to be written in the transaction that makes it true. */
export function deliveryTo(
  { id: webhookId, owner }: Pick<Webhook, "id" | "owner">,
  { type, body, at, traceparent = null }: WebhookNews,
): NewDelivery {
  const target = deliveryTarget({ owner, webhookId, url: null });
  return { id: timeOrderedId("dlv", at), owner, webhookId, url: null, target, type, jobId: null, traceparent, body };
}
