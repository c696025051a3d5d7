import { createRoute } from "@hono/zod-openapi";
import { ScheduleResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { answerTagged, notModified, tagHeader } from "../../http/entity-tag.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { SchedulePath, scheduleIdOf, schedulePageQuery } from "./parameters.ts";
import { SchedulePage } from "./schemas.ts";

/** `GET /schedules` and `GET /schedules/{id}`. */
export function registerReadSchedules(app: App, deps: RouteDeps): void {
  const { schedules } = deps.service;
  const common = { method: "get" as const, tags: ["schedules"], security: secured("downloads:read") };
  const middleware = [deps.requires("downloads:read")];

  const list = createRoute({
    ...common,
    path: "/api/v1/schedules",
    operationId: "listSchedules",
    summary: "List schedules",
    description: "Those of this owner, newest first.",
    middleware,
    request: { query: schedulePageQuery },
    responses: {
      200: { description: "A page.", content: { "application/json": { schema: SchedulePage } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(list, async (c) => {
    const { state, cursor, limit } = c.req.valid("query");
    const filter = { state: state ?? null };
    const page = await schedules.list({
      owner: c.get("principal").owner,
      limit,
      ...(state !== undefined && { state }),
      ...(cursor !== undefined && { after: decodeCursor(cursor, "sch", filter) }),
    });
    const nextCursor = page.next && encodeCursor(page.next, filter);
    return c.json({ data: page.schedules.map(schedules.show), nextCursor }, 200);
  });

  const get = createRoute({
    ...common,
    path: "/api/v1/schedules/{id}",
    operationId: "getSchedule",
    summary: "Get a schedule",
    description: "When it runs next, and what came of its latest run.",
    middleware,
    request: { params: SchedulePath },
    responses: {
      200: {
        description: "The schedule.",
        headers: tagHeader,
        content: { "application/json": { schema: ScheduleResource } },
      },
      ...notModified,
      ...problemResponses("unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(get, async (c) => {
    const id = scheduleIdOf(c.req.valid("param").id);
    return answerTagged(c, schedules.show(await schedules.get(id, c.get("principal").owner)));
  });
}
