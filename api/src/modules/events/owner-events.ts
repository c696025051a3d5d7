import { createRoute } from "@hono/zod-openapi";
import type { FollowOwnerOptions } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { problemResponses } from "../../http/problem.ts";
import { securedOrTicket } from "../../http/secured.ts";
import type { ApiService } from "../../service.ts";
import { OwnerStreamQuery, StreamedOwnerEvent, StreamHeaders } from "./schemas.ts";
import { type OpenStream, type StreamRequest, streamHeaders } from "./streams.ts";

/** `GET /events`. */
export function registerOwnerEvents(app: App, deps: RouteDeps, openStream: OpenStream): void {
  const { service } = deps;
  const route = createRoute({
    method: "get",
    path: "/api/v1/events",
    operationId: "followAll",
    tags: ["events"],
    summary: "Follow all downloads",
    description:
      "Server-sent events of all jobs of this key's owner: `job`, `progress`, `batch` (at each change of a batch's state), and `snapshot`. It starts with a `job` event for each running " +
      "or waiting job, up to 1,000, and then `snapshot`. Each event has an `id`; send the last one in `Last-Event-ID` to get the `job` " +
      "events that were missed instead. Where they are not kept any more, the stream starts over, which the `snapshot` tells. A comment " +
      "comes at least every 15 seconds. The stream does not end by itself.",
    security: securedOrTicket("downloads:read"),
    middleware: [deps.mayFollow, deps.limitStreams],
    request: { headers: StreamHeaders, query: OwnerStreamQuery },
    responses: {
      200: {
        description: "The events.",
        content: { "text/event-stream": { schema: StreamedOwnerEvent } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "quota_exceeded",
        "rate_limit_exceeded",
        "unavailable",
      ),
    },
  });

  app.openapi(route, async (c) => {
    const { owner } = c.get("principal");
    const { lastEventId: inQuery, types } = c.req.valid("query");
    const lastEventId = c.req.valid("header")["last-event-id"] ?? inQuery ?? null;
    if (c.req.method === "HEAD") return new Response(null, { headers: streamHeaders });
    return await openStream({
      runtime: c.env ?? {},
      keyEnded: c.get("keyEnded"),
      client: c.env?.onEnd === undefined ? c.req.raw.signal : undefined,
      requestId: c.get("requestId"),
      follow: following(service, owner, { lastEventId, ...(types && { types }) }),
    });
  });
}

/** Apart from the route, so that an open stream does not hold on to its request. */
function following(
  service: ApiService,
  owner: string,
  options: Omit<FollowOwnerOptions, "signal">,
): StreamRequest["follow"] {
  return (signal) => service.followAll(owner, { ...options, signal });
}
