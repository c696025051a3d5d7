import { z } from "@hono/zod-openapi";
import { AppError, type DeliveryId, isId, type WebhookId } from "@vidferry/core";
import { cursorParameter, limitParameter } from "../../http/page-parameters.ts";
import { JobPath } from "../../http/parameters.ts";

const webhookId = z
  .string()
  .openapi({ description: "The webhook's id.", example: "whk_0199f3a2c4d87b1e9a5d6c3f20417e88" });

/** `{id}` of a webhook in a path. */
export const WebhookPath = z.object({ id: webhookId });

const deliveryId = z
  .string()
  .openapi({ description: "The delivery's id.", example: "dlv_0199f3a2d1f07c44b1c8a90be2d7f6a3" });

/** `{id}` of a webhook and `{deliveryId}` in a path. */
export const DeliveryPath = z.object({ id: webhookId, deliveryId });

/** `{id}` of a job and `{deliveryId}` in a path. */
export const DownloadDeliveryPath = JobPath.extend({ deliveryId });

/** A page of deliveries. */
export const deliveryPageQuery = z.object({
  cursor: cursorParameter,
  limit: limitParameter(20, 100, "Deliveries a page."),
});

/** The webhook id in a path. Throws `not_found`. */
export function webhookIdOf(text: string): WebhookId {
  if (!isId("whk", text)) throw new AppError("not_found", "There is no such webhook.");
  return text;
}

/** The delivery id in a path. Throws `not_found`. */
export function deliveryIdOf(text: string): DeliveryId {
  if (!isId("dlv", text)) throw new AppError("not_found", "There is no such delivery.");
  return text;
}
