import { createRoute, z } from "@hono/zod-openapi";
import { DeliveryResource, toDeliveryResource, type WebhookDelivery } from "@vidferry/core";
import type { App, RouteDeps } from "../../environment.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { decodeDeliveryCursor, encodeDeliveryCursor } from "./delivery-cursor.ts";
import { DeliveryPath, deliveryIdOf, WebhookPath, webhookIdOf } from "./parameters.ts";
import { DeliveryPage } from "./schemas.ts";

const pageQuery = z.object({
  cursor: z.string().max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, "a whole number from 1 to 100")
    .transform(Number)
    .pipe(z.int().min(1).max(100))
    .default(20)
    .openapi({ type: "integer", minimum: 1, maximum: 100, default: 20, description: "Deliveries a page." }),
});

/** `GET /webhooks/{id}/deliveries`, `POST /webhooks/{id}/deliveries/{deliveryId}/replay` and `POST /webhooks/{id}/test`. */
export function registerDeliveries(app: App, deps: RouteDeps): void {
  const list = createRoute({
    method: "get",
    path: "/api/v1/webhooks/{id}/deliveries",
    operationId: "listWebhookDeliveries",
    tags: ["webhooks"],
    summary: "List the deliveries of a webhook",
    description: "Newest first, with their attempts. What receivers answered is not kept, save the status.",
    security: secured("webhooks"),
    middleware: [deps.requires("webhooks")],
    request: { params: WebhookPath, query: pageQuery },
    responses: {
      200: { description: "A page.", content: { "application/json": { schema: DeliveryPage } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(list, async (c) => {
    const id = webhookIdOf(c.req.valid("param").id);
    const { cursor, limit } = c.req.valid("query");
    const page = await deps.service.webhooks.deliveries(id, c.get("principal").owner, {
      limit,
      ...(cursor !== undefined && { after: decodeDeliveryCursor(cursor) }),
    });
    const nextCursor = page.next === null ? null : encodeDeliveryCursor(page.next);
    return c.json({ data: page.deliveries.map(toDeliveryResource), nextCursor }, 200);
  });

  const sending = {
    security: secured("webhooks"),
    responses: {
      202: {
        description: "The delivery, which is sent within seconds.",
        headers: replayedHeader,
        content: { "application/json": { schema: DeliveryResource } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "invalid_state",
        "idempotency_conflict",
        "payload_too_large",
        "unavailable",
      ),
    },
  };
  const middleware = [deps.requires("webhooks"), deps.limitBody];
  const present = (delivery: WebhookDelivery) => ({ status: 202 as const, body: toDeliveryResource(delivery) });

  const test = createRoute({
    ...sending,
    method: "post",
    path: "/api/v1/webhooks/{id}/test",
    operationId: "testWebhook",
    tags: ["webhooks"],
    summary: "Send a test",
    description: "A message of the type `webhook.test`, signed and retried like any other. Needs no body.",
    middleware,
    request: { params: WebhookPath, query: noQuery, headers: idempotencyHeaders },
  });
  app.openapi(test, (c) => {
    const id = webhookIdOf(c.req.valid("param").id);
    const { owner } = c.get("principal");
    return answerOnce(c, present, (once) => deps.service.webhooks.test(id, owner, once));
  });

  const replay = createRoute({
    ...sending,
    method: "post",
    path: "/api/v1/webhooks/{id}/deliveries/{deliveryId}/replay",
    operationId: "replayWebhookDelivery",
    tags: ["webhooks"],
    summary: "Send a delivery again",
    description: "The same message with the same id, and all its tries before it. Needs no body.",
    middleware,
    request: { params: DeliveryPath, query: noQuery, headers: idempotencyHeaders },
  });
  app.openapi(replay, (c) => {
    const { id, deliveryId } = c.req.valid("param");
    const [webhook, delivery] = [webhookIdOf(id), deliveryIdOf(deliveryId)];
    const { owner } = c.get("principal");
    return answerOnce(c, present, (once) => deps.service.webhooks.replay(webhook, owner, delivery, once));
  });
}
