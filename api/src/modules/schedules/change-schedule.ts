import { createRoute } from "@hono/zod-openapi";
import { ScheduleResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { SchedulePath, scheduleIdOf } from "./parameters.ts";
import { ChangeSchedule, workOf } from "./schemas.ts";

const examples = {
  later: { summary: "Another hour", value: { cron: "30 7 * * 1-5" } },
  name: { summary: "Another name", value: { name: "Evening news" } },
};

/** `PATCH` and `DELETE /schedules/{id}`. */
export function registerChangeSchedule(app: App, deps: RouteDeps): void {
  const { schedules } = deps.service;
  const common = {
    path: "/api/v1/schedules/{id}",
    tags: ["schedules"],
    security: secured("downloads:write"),
  };

  const change = createRoute({
    ...common,
    method: "patch",
    operationId: "updateSchedule",
    summary: "Change a schedule",
    description:
      "Fields that are absent stay as they are; `runAt` and `cron` take each other's place. With another time it begins anew, also " +
      "when it was `finished`; what the old one has missed is not made up for.",
    middleware: [deps.requires("downloads:write"), deps.limitBody],
    request: {
      params: SchedulePath,
      query: noQuery,
      body: { required: true, content: { "application/json": { schema: ChangeSchedule, examples } } },
    },
    responses: {
      200: { description: "The schedule then.", content: { "application/json": { schema: ScheduleResource } } },
      ...problemResponses(
        "invalid_request",
        "unsupported_url",
        "host_not_allowed",
        "not_configured",
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
    const id = scheduleIdOf(c.req.valid("param").id);
    const { name, runAt, cron, timeZone, ...work } = c.req.valid("json");
    const edit = {
      ...(name !== undefined && { name }),
      ...(runAt !== undefined && { runAt: new Date(runAt) }),
      ...(cron !== undefined && { cron }),
      ...(timeZone !== undefined && { timeZone }),
      ...workOf(work),
    };
    return c.json(schedules.show(await schedules.change(id, c.get("principal").owner, edit, actorOf(c))), 200);
  });

  const remove = createRoute({
    ...common,
    method: "delete",
    operationId: "deleteSchedule",
    summary: "Delete a schedule",
    description: "It runs no more. The downloads that it made stay, with their files.",
    middleware: [deps.requires("downloads:write")],
    request: { params: SchedulePath, query: noQuery },
    responses: {
      204: { description: "It is gone." },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(remove, async (c) => {
    await schedules.remove(scheduleIdOf(c.req.valid("param").id), c.get("principal").owner, actorOf(c));
    return c.body(null, 204);
  });
}
