import { createRoute, z } from "@hono/zod-openapi";
import { AppError, JobEdit, JobResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { matchesStrongly, tagHeader, tagOf } from "../../http/entity-tag.ts";
import { JobPath, jobIdOf, noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const headers = z.object({
  "if-match": z
    .string()
    .max(1_000)
    .optional()
    .openapi({ description: "Only if the job still has this `ETag`; else 412." }),
});

const examples = {
  labels: { summary: "Set a label, remove another", value: { labels: { project: "x", draft: null } } },
  priority: { summary: "Let it go before the owner's other jobs", value: { priority: "high" } },
};

/** `PATCH /downloads/{id}`. */
export function registerEditDownload(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "patch",
    path: "/api/v1/downloads/{id}",
    operationId: "editDownload",
    tags: ["downloads"],
    summary: "Change a download",
    description:
      "Labels at any time, the priority while the job waits. A JSON Merge Patch (RFC 7396): what is not named stays, and a label that is null is removed.",
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write"), deps.limitBody],
    request: {
      params: JobPath,
      query: noQuery,
      headers,
      body: { required: true, content: { "application/json": { schema: JobEdit, examples } } },
    },
    responses: {
      200: {
        description: "The job as it is now.",
        headers: tagHeader,
        content: { "application/json": { schema: JobResource } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "invalid_state",
        "precondition_failed",
        "payload_too_large",
        "unsupported_media_type",
        "unavailable",
      ),
    },
  });

  app.openapi(route, async (c) => {
    const id = jobIdOf(c.req.valid("param").id);
    const { owner } = c.get("principal");
    const shown = async (job: Awaited<ReturnType<typeof deps.service.get>>) =>
      deps.links.job(job, (await deps.service.holds([job])).get(job.id));
    const condition = c.req.valid("header")["if-match"];
    const seen = condition === undefined ? null : await deps.service.get(id, owner);
    if (condition !== undefined && seen !== null && !matchesStrongly(condition, tagOf(await shown(seen)))) {
      throw new AppError("precondition_failed", "The job has changed since the `ETag` in `If-Match` was read.");
    }
    const isAny = condition?.trim() === "*";
    const body = await shown(await deps.service.edit(id, owner, c.req.valid("json"), isAny ? null : seen));
    c.header("ETag", tagOf(body));
    return c.json(body, 200);
  });
}
