import { createRoute } from "@hono/zod-openapi";
import { JobResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerTagged, notModified, tagHeader } from "../../http/entity-tag.ts";
import { JobPath, jobIdOf } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

/** `GET /downloads/{id}`, and `GET /status/{id}`. */
export function registerGetDownload(app: App, deps: RouteDeps): void {
  const route = (path: string, operationId: string, summary: string) =>
    createRoute({
      method: "get",
      path,
      operationId,
      tags: ["downloads"],
      summary,
      description:
        "The job as it is now. Send its `ETag` in `If-None-Match` to be told 304 while nothing has changed, or in `If-Match` of a PATCH.",
      security: secured("downloads:read"),
      middleware: [deps.requires("downloads:read")],
      request: { params: JobPath },
      responses: {
        200: {
          description: "The job.",
          headers: tagHeader,
          content: { "application/json": { schema: JobResource } },
        },
        ...notModified,
        ...problemResponses("unauthorized", "forbidden", "not_found", "unavailable"),
      },
    });

  const paths = [
    ["/api/v1/downloads/{id}", "getDownload", "Read a download"],
    ["/api/v1/status/{id}", "getDownloadStatus", "Read a download (short form)"],
  ] as const;
  for (const [path, operationId, summary] of paths) {
    app.openapi(route(path, operationId, summary), async (c) => {
      const job = await deps.service.get(jobIdOf(c.req.valid("param").id), c.get("principal").owner);
      const hold = (await deps.service.holds([job])).get(job.id);
      return answerTagged(c, deps.links.job(job, hold));
    });
  }
}
