import { createRoute, z } from "@hono/zod-openapi";
import { JobState } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { answerTagged, notModified, tagHeader } from "../../http/entity-tag.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { checkLabels, filterParameters, labelParameters, labelsIn, toJobFilter } from "./filter.ts";

const states = Object.fromEntries(JobState.options.map((state) => [state, z.int().min(0)])) as Record<
  JobState,
  z.ZodInt
>;

export const DownloadCounts = z
  .object({
    total: z.int().min(0),
    states: z.object(states),
    exact: z.boolean().describe("False: there are more than were counted, so that the numbers are lower bounds."),
  })
  .meta({ id: "DownloadCounts" });

/** `GET /downloads/counts`. */
export function registerCountDownloads(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "get",
    path: "/api/v1/downloads/counts",
    operationId: "countDownloads",
    tags: ["downloads"],
    summary: "Count downloads by state",
    description:
      "How many jobs the same filters as those of the list hold, by state. Counted up to 10,000 a state, and with " +
      "`q`, `code`, labels, or times of both kinds up to 1,000 in all: `exact` says whether that was enough.",
    security: secured("downloads:read"),
    middleware: [deps.requires("downloads:read")],
    request: { query: z.object(filterParameters).catchall(z.unknown()).superRefine(checkLabels) },
    parameters: [labelParameters],
    responses: {
      200: {
        description: "The numbers.",
        headers: tagHeader,
        content: { "application/json": { schema: DownloadCounts } },
      },
      ...notModified,
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(route, async (c) => {
    const query = c.req.valid("query");
    const filter = toJobFilter({ ...query, labels: labelsIn(query) });
    const counts = await deps.service.count({ owner: c.get("principal").owner, ...filter });
    const total = Object.values(counts.states).reduce((sum, count) => sum + count, 0);
    return answerTagged(c, { total, states: counts.states, exact: counts.exact });
  });
}
