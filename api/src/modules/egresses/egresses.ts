import { createRoute, z } from "@hono/zod-openapi";
import { AppError, type Egress, type EgressId, type EgressInput, EgressResource, isId } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { ChangeEgress, CreateEgress, EgressList, exampleEgress } from "./schemas.ts";

const EgressPath = z.object({ id: z.string().openapi({ description: "The egress's id.", example: exampleEgress.id }) });

/** `POST` and `GET /egresses`; `GET`, `PATCH` and `DELETE /egresses/{id}`; `POST /egresses/{id}/reset`. */
export function registerEgresses(app: App, deps: RouteDeps): void {
  registerCreate(app, deps);
  registerRead(app, deps);
  registerChange(app, deps);
  registerReset(app, deps);
}

const shown = { content: { "application/json": { schema: EgressResource, example: exampleEgress } } };

function registerCreate(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/egresses",
    operationId: "createEgress",
    tags: ["egresses"],
    summary: "Create an egress",
    description:
      "A proxy, cookies, or both, through which sites are reached from now on; workers need no restart. Of several that are for a " +
      "site each has its turn. Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: {
      query: noQuery,
      headers: idempotencyHeaders,
      body: {
        required: true,
        content: {
          "application/json": {
            schema: CreateEgress,
            examples: {
              proxy: {
                summary: "A proxy for YouTube",
                value: {
                  name: "homes-1",
                  pool: "homes",
                  proxyUrl: "http://user:secret@proxy.example.com:3128",
                  hosts: ["youtube.com"],
                },
              },
              own: { summary: "The machine's own address, sparingly", value: { name: "office", resolvesPerHour: 100 } },
            },
          },
        },
      },
    },
    responses: {
      201: {
        description: "The egress.",
        headers: { ...replayedHeader, Location: { schema: { type: "string" }, description: "Its address." } },
        ...shown,
      },
      ...problemResponses(
        ...(["invalid_request", "unauthorized", "forbidden", "idempotency_conflict", "payload_too_large"] as const),
        ...(["unsupported_media_type", "quota_exceeded", "unavailable"] as const),
      ),
    },
  });
  app.openapi(route, (c) =>
    answerOnce(
      c,
      (egress: Egress) => ({
        status: 201,
        body: deps.service.egresses.show(egress),
        location: deps.links.to(`/api/v1/egresses/${egress.id}`),
      }),
      (once) => {
        const { name, ...input } = c.req.valid("json");
        return deps.service.egresses.create({ ...given(input), name }, actorOf(c), once);
      },
    ),
  );
}

function registerRead(app: App, deps: RouteDeps): void {
  const common = { method: "get" as const, tags: ["egresses"], security: secured("admin") };
  const middleware = [deps.requires("admin")];
  const list = createRoute({
    ...common,
    path: "/api/v1/egresses",
    operationId: "listEgresses",
    summary: "List the egresses",
    description:
      "The one that every service has, and those that were made, of which there are at most 200. Needs the scope `admin`.",
    middleware,
    responses: {
      200: {
        description: "All of them.",
        content: { "application/json": { schema: EgressList, example: { data: [exampleEgress] } } },
      },
      ...problemResponses("unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(list, async (c) => c.json({ data: [...(await deps.service.egresses.list())] }, 200));

  const get = createRoute({
    ...common,
    path: "/api/v1/egresses/{id}",
    operationId: "getEgress",
    summary: "Get an egress",
    description: "Its state, why, and how much of its budget is used. Needs the scope `admin`.",
    middleware,
    request: { params: EgressPath },
    responses: {
      200: { description: "The egress.", ...shown },
      ...problemResponses("unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(get, async (c) => c.json(await deps.service.egresses.get(idOf(c.req.valid("param").id)), 200));
}

function registerChange(app: App, deps: RouteDeps): void {
  const change = createRoute({
    method: "patch",
    path: "/api/v1/egresses/{id}",
    operationId: "updateEgress",
    tags: ["egresses"],
    summary: "Change an egress",
    description:
      "Fields that are absent stay as they are; the next use goes by it. Jobs that wait for an egress look again. Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: {
      params: EgressPath,
      query: noQuery,
      body: {
        required: true,
        content: {
          "application/json": {
            schema: ChangeEgress,
            examples: {
              disable: { summary: "Leave it alone", value: { enabled: false } },
              budget: { summary: "Another budget", value: { resolvesPerHour: 100 } },
            },
          },
        },
      },
    },
    responses: {
      200: { description: "The egress then.", ...shown },
      ...problemResponses(
        ...(["invalid_request", "unauthorized", "forbidden", "not_found", "payload_too_large"] as const),
        ...(["unsupported_media_type", "unavailable"] as const),
      ),
    },
  });
  app.openapi(change, async (c) => {
    const id = idOf(c.req.valid("param").id);
    return c.json(await deps.service.egresses.change(id, given(c.req.valid("json")), actorOf(c)), 200);
  });

  const remove = createRoute({
    method: "delete",
    path: "/api/v1/egresses/{id}",
    operationId: "deleteEgress",
    tags: ["egresses"],
    summary: "Delete an egress",
    description: "With its secrets; what runs through it goes on. Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { params: EgressPath, query: noQuery },
    responses: {
      204: { description: "It is gone." },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "invalid_state", "unavailable"),
    },
  });
  app.openapi(remove, async (c) => {
    await deps.service.egresses.remove(idOf(c.req.valid("param").id), actorOf(c));
    return c.body(null, 204);
  });
}

function registerReset(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/egresses/{id}/reset",
    operationId: "resetEgress",
    tags: ["egresses"],
    summary: "Reset an egress",
    description:
      "Forgets what sites and its proxy have refused, so that it is used again at once. Its budget stays as it is. Needs the scope `admin` and no body.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: { params: EgressPath, query: noQuery, headers: idempotencyHeaders },
    responses: {
      200: { headers: replayedHeader, description: "The egress then.", ...shown },
      ...problemResponses(
        ...(["invalid_request", "unauthorized", "forbidden", "not_found", "idempotency_conflict"] as const),
        ...(["idempotency_in_progress", "payload_too_large", "unavailable"] as const),
      ),
    },
  });
  app.openapi(route, (c) =>
    answerOnce(
      c,
      (egress: Egress) => ({ status: 200, body: deps.service.egresses.show(egress) }),
      (once) => deps.service.egresses.reset(idOf(c.req.valid("param").id), actorOf(c), once),
    ),
  );
}

/** What was given: absent fields stay absent, so that they change nothing. */
function given(input: { readonly [K in keyof EgressInput]?: EgressInput[K] | undefined }): EgressInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function idOf(text: string): EgressId {
  if (!isId("egr", text)) throw new AppError("not_found", "There is no such egress.");
  return text;
}
