import { createRoute } from "@hono/zod-openapi";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { JobPath, jobIdOf, noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

/** `DELETE /downloads/{id}`. */
export function registerDeleteDownload(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "delete",
    path: "/api/v1/downloads/{id}",
    operationId: "deleteDownload",
    tags: ["downloads"],
    summary: "Delete a download",
    description: "Cancels it if it runs, and deletes its files and everything known of it.",
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write")],
    request: { params: JobPath, query: noQuery },
    responses: {
      204: { description: "It is gone." },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(route, async (c) => {
    await deps.service.remove(jobIdOf(c.req.valid("param").id), c.get("principal").owner, actorOf(c));
    return c.body(null, 204);
  });
}
