import { createRoute, z } from "@hono/zod-openapi";
import { AppError, isId, type WorkerRecord } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { exampleWorker, toWorkerResource, WorkerList, WorkerResource, WorkerState } from "./schemas.ts";

const WorkerPath = z.object({
  id: z.string().openapi({ description: "The worker's id.", example: exampleWorker.id }),
});

const WorkerQuery = z.object({ state: WorkerState.optional().openapi({ description: "Only those in this state." }) });

/** `GET /workers` and `POST /workers/{id}/drain`. */
export function registerWorkers(app: App, deps: RouteDeps): void {
  const list = createRoute({
    method: "get",
    path: "/api/v1/workers",
    operationId: "listWorkers",
    tags: ["records"],
    summary: "List the workers",
    description:
      "Every worker process, the newest first, with what it runs. One that has ended is shown for ten minutes. Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { query: WorkerQuery },
    responses: {
      200: {
        description: "All of them.",
        content: { "application/json": { schema: WorkerList, example: { data: [exampleWorker] } } },
      },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(list, async (c) => {
    const { state } = c.req.valid("query");
    const workers = await deps.service.records.workers();
    const wanted = state === undefined ? workers : workers.filter((worker) => worker.state === state);
    return c.json({ data: wanted.map(toWorkerResource) }, 200);
  });

  const drain = createRoute({
    method: "post",
    path: "/api/v1/workers/{id}/drain",
    operationId: "drainWorker",
    tags: ["records"],
    summary: "Drain a worker",
    description:
      "Asks the worker to end as on SIGTERM: within two seconds it takes no more jobs, lets the running ones finish for DRAIN_SECONDS, hands back the rest without using up an attempt, and ends. Whatever restarts workers starts a new one. " +
      "Asking again changes nothing. A worker that shares its process with the API is not drained so. Needs the scope `admin` and no body.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: { params: WorkerPath, query: noQuery, headers: idempotencyHeaders },
    responses: {
      202: {
        headers: replayedHeader,
        description: "It is asked; `GET /workers` shows how far it is.",
        content: {
          "application/json": {
            schema: WorkerResource,
            example: { ...exampleWorker, drainRequestedAt: "2026-11-01T12:00:11.000Z" },
          },
        },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "invalid_state",
        "idempotency_conflict",
        "idempotency_in_progress",
        "payload_too_large",
        "unavailable",
      ),
    },
  });
  app.openapi(drain, (c) => {
    const { id } = c.req.valid("param");
    if (!isId("wrk", id)) throw new AppError("not_found", "There is no such worker.");
    return answerOnce(
      c,
      (worker: WorkerRecord) => ({ status: 202, body: toWorkerResource(worker) }),
      (once) => deps.service.records.drainWorker(id, actorOf(c), once),
    );
  });
}
