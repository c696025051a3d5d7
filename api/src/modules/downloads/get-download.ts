import { createRoute } from "@hono/zod-openapi";
import { type Hold, type Job, JobResource } from "@vidferry/core";
import type { App, RouteDeps } from "../../environment.ts";
import { matchesAny } from "../../http/entity-tag.ts";
import { JobPath, jobIdOf } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

/** The tag of a job: it changes with everything that a client can see. */
function tagOf(job: Job, hold: Hold | undefined): string {
  return `W/"${job.updatedAt.getTime().toString(36)}-${job.attempt}-${hold ?? job.state}"`;
}

/** `GET /downloads/{id}`, and `GET /status/{id}`. */
export function registerGetDownload(app: App, deps: RouteDeps): void {
  const route = (path: string, operationId: string, summary: string) =>
    createRoute({
      method: "get",
      path,
      operationId,
      tags: ["downloads"],
      summary,
      description: "The job as it is now. Send its `ETag` in `If-None-Match` to be told 304 while nothing has changed.",
      security: secured("downloads:read"),
      middleware: [deps.requires("downloads:read")],
      request: { params: JobPath },
      responses: {
        200: {
          description: "The job.",
          headers: { ETag: { schema: { type: "string" }, description: "Weak; changes with the job." } },
          content: { "application/json": { schema: JobResource } },
        },
        304: { description: "The job is as it was at the `ETag` sent." },
        ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
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
      const tag = tagOf(job, hold);
      c.header("ETag", tag);
      c.header("Cache-Control", "private, no-cache");
      if (matchesAny(c.req.header("if-none-match"), tag)) return c.body(null, 304);
      return c.json(deps.links.job(job, hold), 200);
    });
  }
}
