import { createRoute } from "@hono/zod-openapi";
import { allows, toWebhookResource, WebhookResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { WebhookPath, webhookIdOf } from "./parameters.ts";
import { ChangeWebhook } from "./schemas.ts";

/** `PATCH` and `DELETE /webhooks/{id}`. */
export function registerChangeWebhook(app: App, deps: RouteDeps): void {
  const change = createRoute({
    method: "patch",
    path: "/api/v1/webhooks/{id}",
    operationId: "updateWebhook",
    tags: ["webhooks"],
    summary: "Change a webhook",
    description:
      "Fields that are absent stay as they are. `enabled: true` brings one back that was disabled. One that is told of " +
      "`egress.blocked` is changed with the scope `admin` alone.",
    security: secured("webhooks"),
    middleware: [deps.requires("webhooks"), deps.limitBody],
    request: {
      params: WebhookPath,
      query: noQuery,
      body: {
        required: true,
        content: {
          "application/json": {
            schema: ChangeWebhook,
            examples: {
              enable: { summary: "Bring it back after it was disabled", value: { enabled: true } },
              events: { summary: "Other events", value: { events: ["job.failed"] } },
            },
          },
        },
      },
    },
    responses: {
      200: { description: "The webhook then.", content: { "application/json": { schema: WebhookResource } } },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "payload_too_large",
        "unsupported_media_type",
        "unavailable",
      ),
    },
  });
  app.openapi(change, async (c) => {
    const id = webhookIdOf(c.req.valid("param").id);
    const { url, events, description, enabled } = c.req.valid("json");
    const patch = {
      ...(url !== undefined && { url }),
      ...(events !== undefined && { events }),
      ...(description !== undefined && { description }),
      ...(enabled !== undefined && { enabled }),
    };
    const { owner, scopes } = c.get("principal");
    const webhook = await deps.service.webhooks.change(id, owner, patch, actorOf(c), allows(scopes, "admin"));
    return c.json(toWebhookResource(webhook), 200);
  });

  const remove = createRoute({
    method: "delete",
    path: "/api/v1/webhooks/{id}",
    operationId: "deleteWebhook",
    tags: ["webhooks"],
    summary: "Delete a webhook",
    description: "With its deliveries; what waits is not sent.",
    security: secured("webhooks"),
    middleware: [deps.requires("webhooks")],
    request: { params: WebhookPath, query: noQuery },
    responses: {
      204: { description: "It is gone." },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(remove, async (c) => {
    await deps.service.webhooks.remove(webhookIdOf(c.req.valid("param").id), c.get("principal").owner, actorOf(c));
    return c.body(null, 204);
  });
}
