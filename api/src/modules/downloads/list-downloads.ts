import { createRoute, z } from "@hono/zod-openapi";
import { JobResource } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { answerTagged, notModified, tagHeader } from "../../http/entity-tag.ts";
import { filteredCursorParameter, limitParameter } from "../../http/page-parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { checkLabels, filterParameters, labelParameters, labelsIn, toJobFilter } from "./filter.ts";

const query = z
  .object({
    ...filterParameters,
    cursor: filteredCursorParameter,
    limit: limitParameter(20, 100, "Jobs a page."),
  })
  .catchall(z.unknown())
  .superRefine(checkLabels);

export const DownloadPage = z
  .object({
    data: z.array(JobResource),
    nextCursor: z.string().nullable().describe("For the next page; null on the last one."),
  })
  .meta({ id: "DownloadPage" });

/** `GET /downloads`. */
export function registerListDownloads(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "get",
    path: "/api/v1/downloads",
    operationId: "listDownloads",
    tags: ["downloads"],
    summary: "List downloads",
    description:
      "The key's own jobs, newest first, page by page; by the time they ended where `finishedAfter` or `finishedBefore` is given. " +
      "All filters hold together. `label.<name>=<value>` keeps those with that label; it may be given for up to 20 names.",
    security: secured("downloads:read"),
    middleware: [deps.requires("downloads:read")],
    request: { query },
    parameters: [labelParameters],
    responses: {
      200: {
        description: "A page. `Link` names the next one.",
        headers: {
          ...tagHeader,
          Link: { schema: { type: "string" }, description: '`rel="next"`, when there is a next page.' },
        },
        content: { "application/json": { schema: DownloadPage } },
      },
      ...notModified,
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });

  app.openapi(route, async (c) => {
    const { cursor, limit, ...rest } = c.req.valid("query");
    const filter = toJobFilter({ ...rest, labels: labelsIn(rest) });
    const page = await deps.service.list({
      owner: c.get("principal").owner,
      limit,
      ...filter,
      ...(cursor === undefined ? {} : { after: decodeCursor(cursor, "job", filter) }),
    });
    const nextCursor = page.next === null ? null : encodeCursor(page.next, filter);
    if (nextCursor !== null) {
      const next = new URL(c.req.url);
      next.searchParams.set("cursor", nextCursor);
      c.header("Link", `<${deps.links.to(next.pathname + next.search)}>; rel="next"`);
    }
    const holds = await deps.service.holds(page.jobs);
    return answerTagged(c, { data: page.jobs.map((job) => deps.links.job(job, holds.get(job.id))), nextCursor });
  });
}
