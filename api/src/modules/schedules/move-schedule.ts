import { createRoute } from "@hono/zod-openapi";
import { type Schedule, ScheduleResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { SchedulePath, scheduleIdOf } from "./parameters.ts";

const moves = {
  pause: {
    operationId: "pauseSchedule",
    summary: "Pause a schedule",
    description: "It does not run until it is resumed. What comes due meanwhile is not made up for.",
  },
  resume: {
    operationId: "resumeSchedule",
    summary: "Resume a schedule",
    description: "It goes on with its next time.",
  },
} as const;

const refusals = [
  "invalid_request",
  "unauthorized",
  "forbidden",
  "not_found",
  "invalid_state",
  "idempotency_conflict",
  "unavailable",
] as const;

const response = (description: string) => ({
  description,
  headers: replayedHeader,
  content: { "application/json": { schema: ScheduleResource } },
});

/** `POST /schedules/{id}/pause`, `/resume` and `/run`. */
export function registerMoveSchedule(app: App, deps: RouteDeps): void {
  const { schedules } = deps.service;
  const common = {
    method: "post" as const,
    tags: ["schedules"],
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write")],
    request: { params: SchedulePath, query: noQuery, headers: idempotencyHeaders },
  };

  for (const move of ["pause", "resume"] as const) {
    const route = createRoute({
      ...common,
      ...moves[move],
      path: `/api/v1/schedules/{id}/${move}`,
      responses: { 200: response("The schedule then."), ...problemResponses(...refusals) },
    });
    app.openapi(route, (c) => {
      const id = scheduleIdOf(c.req.valid("param").id);
      return answerOnce(
        c,
        (schedule: Schedule) => ({ status: 200, body: schedules.show(schedule) }),
        (once) => schedules[move](id, c.get("principal").owner, actorOf(c), once),
      );
    });
  }

  const run = createRoute({
    ...common,
    path: "/api/v1/schedules/{id}/run",
    operationId: "runSchedule",
    summary: "Run a schedule now",
    description:
      "Whatever its state, and beside its own times, which stay as they are. `lastResult` of the answer says what it made.",
    responses: {
      202: response("The schedule, with this run as its latest."),
      ...problemResponses(
        ...refusals.filter((code) => code !== "invalid_state"),
        "unsupported_url",
        "host_not_allowed",
        "not_configured",
        "quota_exceeded",
      ),
    },
  });
  app.openapi(run, (c) => {
    const id = scheduleIdOf(c.req.valid("param").id);
    return answerOnce(
      c,
      (schedule: Schedule) => ({ status: 202, body: schedules.show(schedule) }),
      (once) => schedules.run(id, c.get("principal").owner, actorOf(c), once),
    );
  });
}
