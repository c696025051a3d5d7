import { createRoute } from "@hono/zod-openapi";
import { toWebhookResource, WebhookResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { WebhookPath, webhookIdOf } from "./parameters.ts";
import { DefaultSecret, WebhookList } from "./schemas.ts";

/** `GET /webhooks`, `GET /webhooks/{id}` and `GET /webhooks/secret`. */
export function registerReadWebhooks(app: App, deps: RouteDeps): void {
  const common = { method: "get" as const, tags: ["webhooks"], security: secured("webhooks") };
  const middleware = [deps.requires("webhooks")];

  const list = createRoute({
    ...common,
    path: "/api/v1/webhooks",
    operationId: "listWebhooks",
    summary: "List webhooks",
    description: "All of this owner, newest first; there are at most 25.",
    middleware,
    responses: {
      200: { description: "The webhooks.", content: { "application/json": { schema: WebhookList } } },
      ...problemResponses("unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(list, async (c) => {
    const webhooks = await deps.service.webhooks.list(c.get("principal").owner);
    return c.json({ data: webhooks.map(toWebhookResource) }, 200);
  });

  const secret = createRoute({
    ...common,
    path: "/api/v1/webhooks/secret",
    operationId: "getWebhookSecret",
    summary: "Get the default secret",
    description:
      "Signs messages to the `webhookUrl` of downloads. It is made by the first request for it, and stays the same until it is " +
      "rotated.",
    middleware,
    responses: {
      200: { description: "The secret.", content: { "application/json": { schema: DefaultSecret } } },
      ...problemResponses("unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(secret, async (c) => {
    const [newest = "", previous = null] = await deps.service.webhooks.secrets(c.get("principal").owner);
    return c.json({ secret: newest, previous }, 200, { "cache-control": "no-store" });
  });

  const get = createRoute({
    ...common,
    path: "/api/v1/webhooks/{id}",
    operationId: "getWebhook",
    summary: "Get a webhook",
    description: "Whether it is enabled, and since when nothing could be delivered.",
    middleware,
    request: { params: WebhookPath },
    responses: {
      200: { description: "The webhook.", content: { "application/json": { schema: WebhookResource } } },
      ...problemResponses("unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(get, async (c) => {
    const id = webhookIdOf(c.req.valid("param").id);
    return c.json(toWebhookResource(await deps.service.webhooks.get(id, c.get("principal").owner)), 200);
  });
}
