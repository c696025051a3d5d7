import { createRoute } from "@hono/zod-openapi";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { AccountPatch, AccountPath, AccountResource, exampleAccount } from "./schemas.ts";

const content = { "application/json": { schema: AccountResource, example: exampleAccount } };

/** `GET` and `PATCH /accounts/{owner}`, and `GET /quota`. */
export function registerAccounts(app: App, deps: RouteDeps): void {
  const { accounts } = deps.service;

  const getAccount = createRoute({
    method: "get",
    path: "/api/v1/accounts/{owner}",
    operationId: "getAccount",
    tags: ["accounts"],
    summary: "Read an account",
    description: "What an owner may use and has used. An owner that nobody limited, or that never was, has no limits.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { params: AccountPath },
    responses: {
      200: { description: "The account.", content },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(getAccount, async (c) => c.json(await accounts.get(c.req.valid("param").owner), 200));

  const updateAccount = createRoute({
    method: "patch",
    path: "/api/v1/accounts/{owner}",
    operationId: "updateAccount",
    tags: ["accounts"],
    summary: "Limit an account",
    description:
      "Limits count for what is asked from then on: what an owner has already stays. A limit below what is used lets nothing " +
      "more in.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: {
      params: AccountPath,
      query: noQuery,
      body: {
        required: true,
        content: {
          "application/json": {
            schema: AccountPatch,
            examples: {
              limits: {
                summary: "A hundred waiting jobs, a terabyte a month",
                value: { limits: { queuedJobs: 100, bytesPerMonth: 1_000_000_000_000 } },
              },
              lift: { summary: "No limit of waiting jobs any more", value: { limits: { queuedJobs: null } } },
            },
          },
        },
      },
    },
    responses: {
      200: { description: "The account as it is now.", content },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "payload_too_large",
        "unsupported_media_type",
        "unavailable",
      ),
    },
  });
  app.openapi(updateAccount, async (c) => {
    const { limits } = c.req.valid("json");
    const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
    return c.json(await accounts.limit(c.req.valid("param").owner, given, actorOf(c)), 200);
  });

  const getQuota = createRoute({
    method: "get",
    path: "/api/v1/quota",
    operationId: "getQuota",
    tags: ["accounts"],
    summary: "Read your quota",
    description: "What the key's owner may use and has used. Any key may ask.",
    security: secured(),
    middleware: [deps.requires()],
    request: {},
    responses: {
      200: { description: "The account of the key's owner.", content },
      ...problemResponses("unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(getQuota, async (c) => c.json(await accounts.get(c.get("principal").owner), 200));
}
