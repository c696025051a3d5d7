import { zValidator } from "@hono/zod-validator";
import { AppError } from "@vidferry/core";
import { z } from "zod";
import type { App, RouteDeps } from "../../environment.ts";
import { isKnownOrigin } from "../../http/origin.ts";
import { EventId, jobIdOf } from "../../http/parameters.ts";
import { createEventSocket, socketPath } from "../../http/socket.ts";
import { invalidRequest } from "../../http/validation.ts";

const query = z.object({ lastEventId: EventId.optional() });

/**
 * `GET /ws/progress/{id}`: the events of a job over a WebSocket, `?lastEventId=` to resume. OpenAPI has no words for it.
 * A browser sends its key as a protocol: `new WebSocket(url, ["vidferry", "bearer.vf_…"])`.
 */
export function registerProgressSocket(app: App, deps: RouteDeps): void {
  const { service, config, links, logger } = deps;
  const validQuery = zValidator("query", query, (result) => {
    if (!result.success) throw invalidRequest("query", result.error.issues);
  });
  app.get(`${socketPath}:id`, deps.requires("downloads:read"), deps.limitStreams, validQuery, async (c) => {
    const id = jobIdOf(c.req.param("id"));
    const { owner } = c.get("principal");
    // Browsers let any page open a WebSocket to anywhere.
    if (!isKnownOrigin(config, c.req.header("origin"), new URL(c.req.url).origin)) {
      throw new AppError("forbidden", "Pages of other origins may not listen here.", {
        hint: "Name the origin in CORS_ORIGINS.",
      });
    }
    await service.get(id, owner);
    const lastEventId = c.req.valid("query").lastEventId ?? null;
    const handlers = createEventSocket({
      present: links.event,
      follow: (signal) => service.follow(id, owner, { lastEventId, signal }),
      ...(c.env?.closing === undefined ? {} : { closing: c.env.closing }),
      onError: (error) => logger.warn("event socket failed", { requestId: c.get("requestId"), jobId: id, error }),
    });
    if (c.env?.upgrade === undefined) {
      throw new AppError("invalid_request", "This path takes WebSocket handshakes only.", {
        hint: "GET /api/v1/downloads/{id}/events has the same events without WebSockets.",
      });
    }
    c.env.upgrade(handlers);
    // The server answers the handshake; this goes nowhere.
    return new Response(null);
  });
}
