import { AppError } from "@vidferry/core";
import type { App, RouteDeps } from "../environment.ts";
import { createEventSocket, socketProtocol } from "../events/socket.ts";
import { isKnownOrigin } from "../http/origin.ts";
import { EventId, jobIdOf } from "../schemas/parameters.ts";

/**
 * `GET /ws/progress/{id}`: the events of a job over a WebSocket, `?lastEventId=` to resume. OpenAPI has no words for it.
 * A browser sends its key as a protocol: `new WebSocket(url, ["vidferry", "bearer.vf_…"])`.
 */
export function registerProgressSocket(app: App, deps: RouteDeps): void {
  const { service, config, logger } = deps;
  app.get("/ws/progress/:id", deps.mayRead, async (c) => {
    const id = jobIdOf(c.req.param("id"));
    const { owner } = c.get("principal");
    // Browsers let any page open a WebSocket to anywhere.
    if (!isKnownOrigin(config, c.req.header("origin"), new URL(c.req.url).origin)) {
      throw new AppError("forbidden", "Pages of other origins may not listen here.", {
        hint: "Name the origin in CORS_ORIGINS.",
      });
    }
    await service.get(id, owner);
    const lastEventId = c.req.query("lastEventId") ?? null;
    if (lastEventId !== null && !EventId.safeParse(lastEventId).success) {
      throw new AppError("invalid_request", "`lastEventId` in the query is not the `id` of an event.");
    }
    const handlers = createEventSocket({
      follow: (signal) => service.follow(id, owner, { lastEventId, signal }),
      ...(c.env?.closing === undefined ? {} : { closing: c.env.closing }),
      onError: (error) => logger.warn("event socket failed", { requestId: c.get("requestId"), jobId: id, error }),
    });
    const offered = c.req.header("sec-websocket-protocol")?.split(",") ?? [];
    const accepts = offered.some((protocol) => protocol.trim() === socketProtocol);
    if (c.env?.upgrade?.(c.req.raw, handlers, accepts) !== true) {
      throw new AppError("invalid_request", "This path takes WebSocket handshakes only.", {
        hint: "GET /api/v1/downloads/{id}/events has the same events without WebSockets.",
      });
    }
    // The runtime has answered the handshake; this goes nowhere.
    return new Response(null);
  });
}
