import { createRoute } from "@hono/zod-openapi";
import { DeliveryResource, toDeliveryResource, type WebhookDelivery } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { JobPath, jobIdOf, noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import {
  DeliveryPath,
  DownloadDeliveryPath,
  deliveryIdOf,
  deliveryPageQuery,
  WebhookPath,
  webhookIdOf,
} from "./parameters.ts";
import { DeliveryPage } from "./schemas.ts";

const common = { tags: ["webhooks"], security: secured("webhooks") };

const listing = {
  ...common,
  method: "get" as const,
  responses: {
    200: { description: "A page.", content: { "application/json": { schema: DeliveryPage } } },
    ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
  },
};

const sending = { ...common, method: "post" as const };
const sent = {
  202: {
    description: "The delivery, which is sent within seconds.",
    headers: replayedHeader,
    content: { "application/json": { schema: DeliveryResource } },
  },
};
const problems = [
  "invalid_request",
  "unauthorized",
  "forbidden",
  "not_found",
  "idempotency_conflict",
  "payload_too_large",
  "unavailable",
] as const;
/** A webhook may be disabled. */
const ofWebhook = { ...sent, ...problemResponses(...problems, "invalid_state") };
const ofDownload = { ...sent, ...problemResponses(...problems) };

const again = "The same message with the same id, and all its tries before it. Needs no body.";
const present = (delivery: WebhookDelivery) => ({ status: 202 as const, body: toDeliveryResource(delivery) });

/**
 * `GET /webhooks/{id}/deliveries` and `POST …/{deliveryId}/replay`, the same below `/downloads/{id}`, and
 * `POST /webhooks/{id}/test`.
 */
export function registerDeliveries(app: App, deps: RouteDeps): void {
  const reads = [deps.requires("webhooks")];
  const sends = [deps.requires("webhooks"), deps.limitBody];
  const page = async (
    of: Parameters<typeof deps.service.webhooks.deliveries>[0],
    owner: string,
    { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
  ) => {
    const after = cursor === undefined ? {} : { after: decodeCursor(cursor, "dlv") };
    const { deliveries, next } = await deps.service.webhooks.deliveries(of, owner, { limit, ...after });
    return { data: deliveries.map(toDeliveryResource), nextCursor: next === null ? null : encodeCursor(next) };
  };

  const list = createRoute({
    ...listing,
    path: "/api/v1/webhooks/{id}/deliveries",
    operationId: "listWebhookDeliveries",
    summary: "List the deliveries of a webhook",
    description: "Newest first, with their attempts. What receivers answered is not kept, save the status.",
    middleware: reads,
    request: { params: WebhookPath, query: deliveryPageQuery },
  });
  app.openapi(list, async (c) => {
    const id = webhookIdOf(c.req.valid("param").id);
    return c.json(await page(id, c.get("principal").owner, c.req.valid("query")), 200);
  });

  const listOfDownload = createRoute({
    ...listing,
    path: "/api/v1/downloads/{id}/deliveries",
    operationId: "listDownloadDeliveries",
    summary: "List the deliveries to a download's own address",
    description: "Those to the `webhookUrl` of its request, newest first; a webhook lists its own.",
    middleware: reads,
    request: { params: JobPath, query: deliveryPageQuery },
  });
  app.openapi(listOfDownload, async (c) => {
    const id = jobIdOf(c.req.valid("param").id);
    return c.json(await page(id, c.get("principal").owner, c.req.valid("query")), 200);
  });

  const test = createRoute({
    ...sending,
    path: "/api/v1/webhooks/{id}/test",
    operationId: "testWebhook",
    summary: "Send a test",
    description: "A message of the type `webhook.test`, signed and retried like any other. Needs no body.",
    middleware: sends,
    request: { params: WebhookPath, query: noQuery, headers: idempotencyHeaders },
    responses: ofWebhook,
  });
  app.openapi(test, (c) => {
    const id = webhookIdOf(c.req.valid("param").id);
    const { owner } = c.get("principal");
    return answerOnce(c, present, (once) => deps.service.webhooks.test(id, owner, once));
  });

  const replay = createRoute({
    ...sending,
    path: "/api/v1/webhooks/{id}/deliveries/{deliveryId}/replay",
    operationId: "replayWebhookDelivery",
    summary: "Send a delivery again",
    description: again,
    middleware: sends,
    request: { params: DeliveryPath, query: noQuery, headers: idempotencyHeaders },
    responses: ofWebhook,
  });
  app.openapi(replay, (c) => {
    const { id, deliveryId } = c.req.valid("param");
    const [webhook, delivery] = [webhookIdOf(id), deliveryIdOf(deliveryId)];
    const { owner } = c.get("principal");
    return answerOnce(c, present, (once) => deps.service.webhooks.replay(webhook, owner, delivery, once));
  });

  const replayOfDownload = createRoute({
    ...sending,
    path: "/api/v1/downloads/{id}/deliveries/{deliveryId}/replay",
    operationId: "replayDownloadDelivery",
    summary: "Send a delivery to a download's own address again",
    description: again,
    middleware: sends,
    request: { params: DownloadDeliveryPath, query: noQuery, headers: idempotencyHeaders },
    responses: ofDownload,
  });
  app.openapi(replayOfDownload, (c) => {
    const { id, deliveryId } = c.req.valid("param");
    const [job, delivery] = [jobIdOf(id), deliveryIdOf(deliveryId)];
    const { owner } = c.get("principal");
    return answerOnce(c, present, (once) => deps.service.webhooks.replay(job, owner, delivery, once));
  });
}
