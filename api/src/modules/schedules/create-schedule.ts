import { createRoute } from "@hono/zod-openapi";
import { type Schedule, ScheduleResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { CreateSchedule, workOf } from "./schemas.ts";

const examples = {
  weekdays: {
    summary: "A video again on every weekday morning",
    value: {
      name: "Morning news",
      cron: "0 6 * * 1-5",
      timeZone: "Europe/Berlin",
      download: { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ", output: { type: "audio", format: "mp3" } },
    },
  },
  channel: {
    summary: "What is new on a channel, as a podcast",
    value: {
      name: "A channel",
      cron: "@hourly",
      batch: {
        source: { url: "https://www.youtube.com/@jawed/videos", limit: 20 },
        request: { output: { type: "audio", format: "m4a" } },
      },
    },
  },
  once: {
    summary: "Once, later",
    value: {
      name: "At night",
      runAt: "2099-01-01T02:00:00Z",
      download: { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" },
    },
  },
};

/** `POST /schedules`. */
export function registerCreateSchedule(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/schedules",
    operationId: "createSchedule",
    tags: ["schedules"],
    summary: "Create a schedule",
    description:
      "A rule that makes downloads later, or again and again. A time in the past, a pattern that never comes and one that comes too " +
      "often are refused. A run that was missed while the service was down is made once, when it is back.",
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write"), deps.limitBody],
    request: {
      query: noQuery,
      headers: idempotencyHeaders,
      body: { required: true, content: { "application/json": { schema: CreateSchedule, examples } } },
    },
    responses: {
      201: {
        description: "The schedule.",
        headers: { ...replayedHeader, Location: { schema: { type: "string" }, description: "Its address." } },
        content: { "application/json": { schema: ScheduleResource } },
      },
      ...problemResponses(
        "invalid_request",
        "unsupported_url",
        "host_not_allowed",
        "not_configured",
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
    const { name, runAt, cron = null, timeZone, ...work } = c.req.valid("json");
    const input = { name, runAt: runAt === undefined ? null : new Date(runAt), cron, timeZone, ...workOf(work) };
    const { schedules } = deps.service;
    return answerOnce(
      c,
      (schedule: Schedule) => ({
        status: 201,
        body: schedules.show(schedule),
        location: deps.links.to(`/api/v1/schedules/${schedule.id}`),
      }),
      (once) => schedules.create(c.get("principal").owner, input, actorOf(c), once),
    );
  });
}
