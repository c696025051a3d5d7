import { createRoute } from "@hono/zod-openapi";
import { type Batch, BatchResource, toBatchResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { BatchPath, batchIdOf } from "./parameters.ts";

const moves = [
  {
    move: "cancel",
    summary: "Cancel a batch",
    description: "No more of its list is read, and its jobs that have not ended are canceled.",
  },
  {
    move: "retry",
    summary: "Retry a batch",
    description:
      "Queues its failed jobs again, as far as the account has room. One whose list could not be read to its end is read on.",
  },
] as const;

/** `POST /batches/{id}/cancel` and `/retry`, and `DELETE /batches/{id}`. */
export function registerChangeBatch(app: App, deps: RouteDeps): void {
  const { service } = deps;
  const common = { tags: ["batches"], security: secured("downloads:write") };
  for (const { move, summary, description } of moves) {
    const route = createRoute({
      ...common,
      method: "post",
      path: `/api/v1/batches/{id}/${move}`,
      operationId: `${move}Batch`,
      summary,
      description: `${description} Needs no body.`,
      middleware: [deps.requires("downloads:write"), deps.limitBody],
      request: { params: BatchPath, query: noQuery, headers: idempotencyHeaders },
      responses: {
        200: {
          description: "The batch after it.",
          headers: replayedHeader,
          content: { "application/json": { schema: BatchResource } },
        },
        ...problemResponses(
          "invalid_request",
          "unauthorized",
          "forbidden",
          "not_found",
          "invalid_state",
          ...(move === "retry" ? (["quota_exceeded"] as const) : []),
          "idempotency_conflict",
          "idempotency_in_progress",
          "payload_too_large",
          "unavailable",
        ),
      },
    });
    app.openapi(route, (c) => {
      const id = batchIdOf(c.req.valid("param").id);
      const { owner } = c.get("principal");
      return answerOnce(
        c,
        (batch: Batch) => ({ status: 200, body: toBatchResource(batch) }),
        (once) =>
          move === "cancel"
            ? service.batches.cancel(id, owner, actorOf(c), once)
            : service.batches.retry(id, owner, once),
      );
    });
  }

  const remove = createRoute({
    ...common,
    method: "delete",
    path: "/api/v1/batches/{id}",
    operationId: "deleteBatch",
    summary: "Delete a batch",
    description: "With its jobs and all their files; what runs is canceled.",
    middleware: [deps.requires("downloads:write")],
    request: { params: BatchPath, query: noQuery },
    responses: {
      204: { description: "It is gone." },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(remove, async (c) => {
    await service.batches.remove(batchIdOf(c.req.valid("param").id), c.get("principal").owner, actorOf(c));
    return c.body(null, 204);
  });
}
