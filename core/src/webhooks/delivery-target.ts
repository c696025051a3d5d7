import type { WebhookDelivery } from "./delivery.ts";

/**
 * What a delivery waits behind: others of the same target. One webhook is one target, and so are all addresses at one host
 * that an owner's jobs name.
 */
export function deliveryTarget({
  owner,
  webhookId,
  url,
}: Pick<WebhookDelivery, "owner" | "webhookId" | "url">): string {
  return webhookId ?? `jobs ${owner} ${url === null ? "" : (URL.parse(url)?.host ?? "")}`;
}
