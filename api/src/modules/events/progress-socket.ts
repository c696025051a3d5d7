import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { jobIdOf } from "../../http/parameters.ts";
import { openSocket, validSocketQuery } from "./sockets.ts";

/**
 * `GET /ws/progress/{id}`: the events of a job over a WebSocket, `?lastEventId=` to resume. OpenAPI has no words for it.
 * A browser sends its key as a protocol: `new WebSocket(url, ["vidferry", "bearer.vf_…"])`; a page without one, a `?ticket=`.
 */
export function registerProgressSocket(app: App, deps: RouteDeps): void {
  const { service, refuseForeignPages, mayFollow, limitStreams } = deps;
  app.get("/ws/progress/:id", refuseForeignPages, mayFollow, limitStreams, validSocketQuery, async (c) => {
    const id = jobIdOf(c.req.param("id"));
    const { owner } = c.get("principal");
    await service.get(id, owner);
    const lastEventId = c.req.valid("query").lastEventId ?? null;
    return openSocket(deps, c, {
      follow: (signal) => service.follow(id, owner, { lastEventId, signal }),
      sameAs: "/api/v1/downloads/{id}/events",
    });
  });
}
