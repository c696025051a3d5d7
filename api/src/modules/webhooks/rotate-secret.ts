import { createRoute } from "@hono/zod-openapi";
import { type WebhookWithSecret as Made, toWebhookResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { WebhookPath, webhookIdOf } from "./parameters.ts";
import { DefaultSecret, RotateSecret, WebhookWithSecret } from "./schemas.ts";

/** `POST /webhooks/{id}/rotate` and `POST /webhooks/secret/rotate`. */
export function registerRotateSecret(app: App, deps: RouteDeps): void {
  const common = {
    method: "post" as const,
    tags: ["webhooks"],
    security: secured("webhooks"),
    description:
      "The new secret signs from now on; the one before it signs as well until the overlap is over. Another rotation in " +
      "between ends the oldest at once.",
  };
  const middleware = [deps.requires("webhooks"), deps.limitBody];
  const body = {
    required: false,
    content: {
      "application/json": {
        schema: RotateSecret,
        examples: {
          day: { summary: "Both secrets sign for a day", value: { overlapSeconds: 86_400 } },
          now: { summary: "The old one ends at once", value: { overlapSeconds: 0 } },
        },
      },
    },
  };
  const problems = [
    "invalid_request",
    "unauthorized",
    "forbidden",
    "idempotency_conflict",
    "payload_too_large",
    "unsupported_media_type",
    "unavailable",
  ] as const;

  const ofOwner = createRoute({
    ...common,
    path: "/api/v1/webhooks/secret/rotate",
    operationId: "rotateWebhookDefaultSecret",
    summary: "Rotate the default secret",
    middleware,
    request: { query: noQuery, headers: idempotencyHeaders, body },
    responses: {
      200: {
        description: "The secrets then.",
        headers: replayedHeader,
        content: { "application/json": { schema: DefaultSecret } },
      },
      ...problemResponses(...problems),
    },
  });
  app.openapi(ofOwner, (c) => {
    // A request without a body is not parsed, so the schema's default is missing.
    const { overlapSeconds } = RotateSecret.parse(c.req.valid("json"));
    const { owner } = c.get("principal");
    return answerOnce(
      c,
      ([secret = "", previous]: readonly string[]) => ({ status: 200, body: { secret, previous: previous ?? null } }),
      (once) => deps.service.webhooks.rotateDefault(owner, overlapSeconds * 1000, actorOf(c), once),
    );
  });

  const ofWebhook = createRoute({
    ...common,
    path: "/api/v1/webhooks/{id}/rotate",
    operationId: "rotateWebhookSecret",
    summary: "Rotate the secret of a webhook",
    middleware,
    request: { params: WebhookPath, query: noQuery, headers: idempotencyHeaders, body },
    responses: {
      200: {
        description: "The webhook, with its new secret.",
        headers: replayedHeader,
        content: { "application/json": { schema: WebhookWithSecret } },
      },
      ...problemResponses(...problems, "not_found"),
    },
  });
  app.openapi(ofWebhook, (c) => {
    const id = webhookIdOf(c.req.valid("param").id);
    // A request without a body is not parsed, so the schema's default is missing.
    const { overlapSeconds } = RotateSecret.parse(c.req.valid("json"));
    const { owner } = c.get("principal");
    return answerOnce(
      c,
      ({ webhook, secret }: Made) => ({ status: 200, body: { ...toWebhookResource(webhook), secret } }),
      (once) => deps.service.webhooks.rotate(id, owner, overlapSeconds * 1000, actorOf(c), once),
    );
  });
}
