import { createRoute, z } from "@hono/zod-openapi";
import { type CreatedApiKey, KeyOwner, toKeyResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { cursorParameter, limitParameter } from "../../http/page-parameters.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { exampleKey, exampleSecret, json, KeyPage, KeyWithSecret, NewKey, withSecret } from "./schemas.ts";

/** `POST` and `GET /keys`. */
export function registerKeys(app: App, deps: RouteDeps): void {
  const { service, links } = deps;

  const createKey = createRoute({
    method: "post",
    path: "/api/v1/keys",
    operationId: "createKey",
    tags: ["keys"],
    summary: "Make a key",
    description: "The answer holds the secret, this once.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: {
      query: noQuery,
      headers: idempotencyHeaders,
      body: {
        required: true,
        content: {
          "application/json": {
            schema: NewKey,
            examples: {
              simple: { summary: "For one program", value: { name: "nightly import" } },
              bounded: {
                summary: "That ends, from one network",
                value: {
                  name: "web shop",
                  owner: "shop",
                  scopes: ["downloads:read", "downloads:write", "files:read"],
                  expiresAt: "2027-11-26T10:00:00Z",
                  allowedCidrs: ["203.0.113.0/24"],
                },
              },
            },
          },
        },
      },
    },
    responses: {
      201: {
        description: "The key and its secret.",
        headers: { Location: { schema: { type: "string" }, description: "Where the key is." }, ...replayedHeader },
        content: json(KeyWithSecret, exampleSecret),
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "idempotency_conflict",
        "payload_too_large",
        "unsupported_media_type",
        "unavailable",
      ),
    },
  });
  app.openapi(createKey, async (c) => {
    const { expiresAt, owner, ...input } = c.req.valid("json");
    const key = {
      ...input,
      ...(owner === undefined ? {} : { owner }),
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
    };
    return answerOnce(
      c,
      (created: CreatedApiKey) => ({
        status: 201,
        body: withSecret(created),
        location: links.to(`/api/v1/keys/${created.key.id}`),
      }),
      (once) => service.keys.create(key, actorOf(c), once),
    );
  });

  const listKeys = createRoute({
    method: "get",
    path: "/api/v1/keys",
    operationId: "listKeys",
    tags: ["keys"],
    summary: "List keys",
    description: "Of every owner, newest first, page by page.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: {
      query: z.object({
        owner: KeyOwner.optional().openapi({ description: "Only keys of this owner." }),
        revoked: z.enum(["true", "false"]).optional().openapi({ description: "`true`: also those that were revoked." }),
        cursor: cursorParameter,
        limit: limitParameter(20, 100, "Keys a page."),
      }),
    },
    responses: {
      200: {
        description: "A page.",
        content: json(KeyPage, { data: [exampleKey], nextCursor: null }),
      },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(listKeys, async (c) => {
    const { owner, revoked, cursor, limit } = c.req.valid("query");
    const found = await service.keys.list({
      revoked: revoked === "true",
      limit: limit + 1,
      ...(owner === undefined ? {} : { owner }),
      ...(cursor === undefined ? {} : { after: decodeCursor(cursor, "key") }),
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const nextCursor = found.length > limit && last !== undefined ? encodeCursor(last) : null;
    return c.json({ data: page.map(toKeyResource), nextCursor }, 200);
  });
}
