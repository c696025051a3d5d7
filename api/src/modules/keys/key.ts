import { createRoute } from "@hono/zod-openapi";
import {
  AppError,
  type CreatedApiKey,
  isId,
  type KeyChanges,
  type KeyId,
  KeyResource,
  toKeyResource,
} from "@vidferry/core";
import type { Context } from "hono";
import type { App, AppEnv } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import { boundBroken } from "../../auth/bounds.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { clientAddress } from "../../http/client/identify-client.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import {
  exampleKey,
  exampleSecret,
  json,
  KeyPatch,
  KeyPath,
  KeyRotation,
  KeyWithSecret,
  withSecret,
} from "./schemas.ts";

/** The key id in a path. Throws `not_found`. */
function keyIdOf(text: string): KeyId {
  // Not repeated: what is no id may be a secret in the wrong place.
  if (!isId("key", text)) throw new AppError("not_found", "There is no such key.");
  return text;
}

/** `GET`, `PATCH` and `DELETE /keys/{id}`, and `POST /keys/{id}/rotate`. */
export function registerKey(app: App, deps: RouteDeps): void {
  const { service } = deps;
  const problems = ["unauthorized", "forbidden", "not_found", "unavailable"] as const;
  const bodyProblems = ["payload_too_large", "unsupported_media_type"] as const;

  const getKey = createRoute({
    method: "get",
    path: "/api/v1/keys/{id}",
    operationId: "getKey",
    tags: ["keys"],
    summary: "Read a key",
    description: "Everything but its secret. A revoked key is not found.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { params: KeyPath },
    responses: {
      200: { description: "The key.", content: json(KeyResource, exampleKey) },
      ...problemResponses(...problems),
    },
  });
  app.openapi(getKey, async (c) =>
    c.json(toKeyResource(await service.keys.get(keyIdOf(c.req.valid("param").id))), 200),
  );

  const updateKey = createRoute({
    method: "patch",
    path: "/api/v1/keys/{id}",
    operationId: "updateKey",
    tags: ["keys"],
    summary: "Change a key",
    description:
      "What is absent stays. What was open by a scope that is taken away ends within a second; `allowedCidrs` and " +
      "`allowedOrigins` hold for later requests. " +
      "The last key with `admin` keeps it, and a key cannot shut itself out.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: {
      params: KeyPath,
      query: noQuery,
      body: {
        required: true,
        content: {
          "application/json": {
            schema: KeyPatch,
            examples: { longer: { summary: "Give it more time", value: { expiresAt: "2028-11-26T10:00:00Z" } } },
          },
        },
      },
    },
    responses: {
      200: { description: "The key as it is now.", content: json(KeyResource, exampleKey) },
      ...problemResponses("invalid_request", ...problems, ...bodyProblems, "invalid_state"),
    },
  });
  app.openapi(updateKey, async (c) => {
    const id = keyIdOf(c.req.valid("param").id);
    const { expiresAt, name, scopes, allowedOrigins, allowedCidrs } = c.req.valid("json");
    const changes: KeyChanges = {
      ...(name === undefined ? {} : { name }),
      ...(scopes === undefined ? {} : { scopes }),
      ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
      ...(allowedCidrs === undefined ? {} : { allowedCidrs }),
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : new Date(expiresAt) }),
    };
    if (id === c.get("principal").keyId) refuseToShutOut(c, changes);
    return c.json(toKeyResource(await service.keys.change(id, changes, actorOf(c))), 200);
  });

  const deleteKey = createRoute({
    method: "delete",
    path: "/api/v1/keys/{id}",
    operationId: "deleteKey",
    tags: ["keys"],
    summary: "Revoke a key",
    description:
      "For good. Within a second it opens nothing any more, on every process: its streams and sockets are closed, and the " +
      "links made with it end. The last key with `admin` cannot be revoked here.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { params: KeyPath, query: noQuery },
    responses: {
      204: { description: "It is revoked." },
      ...problemResponses("invalid_request", ...problems, "invalid_state"),
    },
  });
  app.openapi(deleteKey, async (c) => {
    await service.keys.revoke(keyIdOf(c.req.valid("param").id), actorOf(c));
    return c.body(null, 204);
  });

  const rotateKey = createRoute({
    method: "post",
    path: "/api/v1/keys/{id}/rotate",
    operationId: "rotateKey",
    tags: ["keys"],
    summary: "Give a key a new secret",
    description:
      "The answer holds the new secret, this once. The one before keeps working for `overlapSeconds`, a day unless you say " +
      "otherwise; a third one never does.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: {
      params: KeyPath,
      query: noQuery,
      headers: idempotencyHeaders,
      body: {
        required: false,
        content: {
          "application/json": {
            schema: KeyRotation,
            examples: { leaked: { summary: "The secret is known to others", value: { overlapSeconds: 0 } } },
          },
        },
      },
    },
    responses: {
      200: {
        description: "The key and its new secret.",
        headers: replayedHeader,
        content: json(KeyWithSecret, { ...exampleSecret, previousSecretExpiresAt: "2026-11-27T10:00:00.000Z" }),
      },
      ...problemResponses("invalid_request", ...problems, ...bodyProblems, "idempotency_conflict"),
    },
  });
  app.openapi(rotateKey, async (c) => {
    // A request without a body is not parsed, so the schema's default is missing.
    const { overlapSeconds } = KeyRotation.parse(c.req.valid("json"));
    const id = keyIdOf(c.req.valid("param").id);
    return answerOnce(
      c,
      (created: CreatedApiKey) => ({ status: 200, body: withSecret(created) }),
      (once) => service.keys.rotate(id, overlapSeconds, actorOf(c), once),
    );
  });
}

/** Refuses bounds with which this very request would not have been let in. */
function refuseToShutOut(c: Context<AppEnv>, changes: KeyChanges): void {
  const { allowedOrigins = [], allowedCidrs = [] } = changes;
  const caller = { address: clientAddress(c), origin: c.req.header("origin") ?? null };
  const broken = boundBroken({ allowedOrigins, allowedCidrs }, caller);
  if (broken === null) return;
  const from = broken === "allowedCidrs" ? caller.address : caller.origin;
  const message = `must include where this request comes from (${from ?? "unknown"}), since it is made with this key`;
  throw new AppError("invalid_request", `\`${broken}\` in the body: ${message}.`, {
    fields: [{ path: `/${broken}`, message }],
  });
}
