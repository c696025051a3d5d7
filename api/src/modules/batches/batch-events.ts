import { createRoute } from "@hono/zod-openapi";
import { type BatchId, isBatchOver } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { problemResponses } from "../../http/problem.ts";
import { securedOrTicket } from "../../http/secured.ts";
import type { ApiService } from "../../service.ts";
import { StreamedBatchEvent, StreamHeaders, StreamQuery } from "../events/schemas.ts";
import { type OpenStream, type StreamRequest, streamHeaders } from "../events/streams.ts";
import { BatchPath, batchIdOf } from "./parameters.ts";

/** `GET /batches/{id}/events`. */
export function registerBatchEvents(app: App, deps: RouteDeps, openStream: OpenStream): void {
  const { service } = deps;
  const route = createRoute({
    method: "get",
    path: "/api/v1/batches/{id}/events",
    operationId: "followBatch",
    tags: ["batches"],
    summary: "Follow a batch",
    description:
      "Server-sent events: `batch` (a `Batch`: first, at each change of its state, and at most once a second while its jobs go on) and " +
      "`job` (a `DownloadJob`, at each change of one of its jobs). Send the last `id` in `Last-Event-ID` to get what was missed. A comment " +
      "comes at least every 15 seconds. The stream ends after the `batch` event that says that it is over; a client that resumes after it " +
      "gets 204, which stops an `EventSource`.",
    security: securedOrTicket("downloads:read"),
    middleware: [deps.mayFollow, deps.limitStreams],
    request: { params: BatchPath, headers: StreamHeaders, query: StreamQuery },
    responses: {
      200: {
        description: "The events.",
        content: { "text/event-stream": { schema: StreamedBatchEvent } },
      },
      204: { description: "The batch is over and the client has had its last event." },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "quota_exceeded",
        "rate_limit_exceeded",
        "unavailable",
      ),
    },
  });

  app.openapi(route, async (c) => {
    const id = batchIdOf(c.req.valid("param").id);
    const { owner } = c.get("principal");
    // The first event is awaited before the response begins, so that an error can still be answered with a problem.
    const batch = await service.batches.get(id, owner);
    const lastEventId = c.req.valid("header")["last-event-id"] ?? c.req.valid("query").lastEventId ?? null;
    if (c.req.method === "HEAD") return new Response(null, { headers: streamHeaders });
    return await openStream({
      runtime: c.env ?? {},
      keyEnded: c.get("keyEnded"),
      // The server tells the end itself; the request's signal would keep the request.
      client: c.env?.onEnd === undefined ? c.req.raw.signal : undefined,
      requestId: c.get("requestId"),
      endedAfter: isBatchOver(batch.state) ? lastEventId : null,
      follow: following(service, id, owner, lastEventId),
    });
  });
}

/** Apart from the route, so that an open stream holds on to neither its request nor the batch. */
function following(
  service: ApiService,
  id: BatchId,
  owner: string,
  lastEventId: string | null,
): StreamRequest["follow"] {
  return (signal) => service.batches.follow(id, owner, { lastEventId, signal });
}
