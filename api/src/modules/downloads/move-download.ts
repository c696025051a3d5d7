import { createRoute } from "@hono/zod-openapi";
import { type ClientMove, type Job, JobResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { JobPath, jobIdOf, noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

type Move = ClientMove | "finish";

const moves: readonly { readonly move: Move; readonly summary: string; readonly description: string }[] = [
  {
    move: "cancel",
    summary: "Cancel a download",
    description: "Stops the job in any state that is not over. It can be retried later.",
  },
  {
    move: "pause",
    summary: "Pause a download",
    description: "Keeps it from being run. A running attempt stops and keeps the parts it has.",
  },
  { move: "resume", summary: "Resume a download", description: "Offers a paused job to the workers again." },
  {
    move: "retry",
    summary: "Retry a download",
    description: "Queues a failed or cancelled job again, with all its attempts before it.",
  },
  {
    move: "finish",
    summary: "Finish a recording",
    description:
      "Ends the recording of a live stream and keeps what was recorded: the job goes on to make its files, and succeeds.",
  },
];

/** `POST /downloads/{id}/cancel`, `/pause`, `/resume`, `/retry` and `/finish`. */
export function registerMoveDownload(app: App, deps: RouteDeps): void {
  for (const { move, summary, description } of moves) {
    const route = createRoute({
      method: "post",
      path: `/api/v1/downloads/{id}/${move}`,
      operationId: `${move}Download`,
      tags: ["downloads"],
      summary,
      description: `${description} Needs no body.`,
      security: secured("downloads:write"),
      middleware: [deps.requires("downloads:write"), deps.limitBody],
      request: { params: JobPath, query: noQuery, headers: idempotencyHeaders },
      responses: {
        200: {
          description: "The job after the move.",
          headers: replayedHeader,
          content: { "application/json": { schema: JobResource } },
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
      const id = jobIdOf(c.req.valid("param").id);
      const { owner } = c.get("principal");
      return answerOnce(
        c,
        (job: Job) => ({ status: 200, body: deps.links.job(job) }),
        (once) =>
          move === "finish"
            ? deps.service.finish(id, owner, actorOf(c), once)
            : deps.service.move(id, owner, move, actorOf(c), once),
      );
    });
  }
}
