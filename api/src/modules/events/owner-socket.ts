import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { openSocket, validOwnerSocketQuery } from "./sockets.ts";

/** `GET /ws/events`: the events of all jobs of the key's owner over a WebSocket, as `GET /api/v1/events` has them. */
export function registerOwnerSocket(app: App, deps: RouteDeps): void {
  const { service, refuseForeignPages, mayFollow, limitStreams } = deps;
  app.get("/ws/events", refuseForeignPages, mayFollow, limitStreams, validOwnerSocketQuery, (c) => {
    const { owner } = c.get("principal");
    const { lastEventId = null, types } = c.req.valid("query");
    return openSocket(deps, c, {
      follow: (signal) => service.followAll(owner, { lastEventId, ...(types && { types }), signal }),
      sameAs: "/api/v1/events",
    });
  });
}
