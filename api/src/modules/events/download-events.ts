import { createRoute } from "@hono/zod-openapi";
import { isTerminal, type JobId } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { JobPath, jobIdOf } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { securedOrTicket } from "../../http/secured.ts";
import type { ApiService } from "../../service.ts";
import { StreamedEvent, StreamHeaders, StreamQuery } from "./schemas.ts";
import { type OpenStream, type StreamRequest, streamHeaders } from "./streams.ts";

/** `GET /downloads/{id}/events`. */
export function registerDownloadEvents(app: App, deps: RouteDeps, openStream: OpenStream): void {
  const { service } = deps;
  const route = createRoute({
    method: "get",
    path: "/api/v1/downloads/{id}/events",
    operationId: "followDownload",
    tags: ["downloads"],
    summary: "Follow a download",
    description:
      "Server-sent events: `job` (a `DownloadJob`: first, and at each change of state or stage) and `progress` (a `ProgressEvent`). " +
      "Each has an `id`; send the last one in `Last-Event-ID` to get what was missed. A comment comes at least every 15 seconds. " +
      "The stream ends after the `job` event with a terminal state; a client that resumes after it gets 204, which stops an `EventSource`.",
    security: securedOrTicket("downloads:read"),
    middleware: [deps.mayFollow, deps.limitStreams],
    request: { params: JobPath, headers: StreamHeaders, query: StreamQuery },
    responses: {
      200: {
        description: "The events.",
        content: { "text/event-stream": { schema: StreamedEvent } },
      },
      204: { description: "The job is over and the client has had its last event." },
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
    const id = jobIdOf(c.req.valid("param").id);
    const { owner } = c.get("principal");
    // The first event is awaited before the response begins, so that an error can still be answered with a problem.
    const job = await service.get(id, owner);
    const lastEventId = c.req.valid("header")["last-event-id"] ?? c.req.valid("query").lastEventId ?? null;
    if (c.req.method === "HEAD") return new Response(null, { headers: streamHeaders });

    return await openStream({
      runtime: c.env ?? {},
      keyEnded: c.get("keyEnded"),
      // The server tells the end itself; the request's signal would keep the request.
      client: c.env?.onEnd === undefined ? c.req.raw.signal : undefined,
      requestId: c.get("requestId"),
      endedAfter: isTerminal(job.state) ? lastEventId : null,
      follow: following(service, id, owner, lastEventId),
    });
  });
}

/** Apart from the route, so that an open stream holds on to neither its request nor the job. */
function following(service: ApiService, id: JobId, owner: string, lastEventId: string | null): StreamRequest["follow"] {
  return (signal) => service.follow(id, owner, { lastEventId, signal });
}
