import { createRoute } from "@hono/zod-openapi";
import { allows, type WebhookWithSecret as Made, toWebhookResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { CreateWebhook, jobEvents, WebhookWithSecret } from "./schemas.ts";

/** `POST /webhooks`. */
export function registerCreateWebhook(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/webhooks",
    operationId: "createWebhook",
    tags: ["webhooks"],
    summary: "Create a webhook",
    description:
      "An address that is told of events, by signed messages as Standard Webhooks describes them. Without `events` it is told " +
      "of the end of jobs. `egress.blocked` needs a key with the scope `admin`. The answer has the secret, once.",
    security: secured("webhooks"),
    middleware: [deps.requires("webhooks"), deps.limitBody],
    request: {
      query: noQuery,
      headers: idempotencyHeaders,
      body: {
        required: true,
        content: {
          "application/json": {
            schema: CreateWebhook,
            examples: {
              ends: { summary: "The end of every job", value: { url: "https://hooks.example.com/vidferry" } },
              failures: {
                summary: "Failures only",
                value: { url: "https://hooks.example.com/alerts", events: ["job.failed"], description: "Alerts" },
              },
            },
          },
        },
      },
    },
    responses: {
      201: {
        description: "The webhook, with its secret.",
        headers: { ...replayedHeader, Location: { schema: { type: "string" }, description: "Its address." } },
        content: { "application/json": { schema: WebhookWithSecret } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "idempotency_conflict",
        "payload_too_large",
        "unsupported_media_type",
        "quota_exceeded",
        "unavailable",
      ),
    },
  });
  app.openapi(route, (c) => {
    const { url, events = [...jobEvents], description = "" } = c.req.valid("json");
    const { owner, scopes } = c.get("principal");
    return answerOnce(
      c,
      ({ webhook, secret }: Made) => ({
        status: 201,
        body: { ...toWebhookResource(webhook), secret },
        location: deps.links.to(`/api/v1/webhooks/${webhook.id}`),
      }),
      (once) =>
        deps.service.webhooks.create(owner, { url, events, description }, actorOf(c), once, allows(scopes, "admin")),
    );
  });
}
