import { createRoute, z } from "@hono/zod-openapi";
import { JobResource, JobState } from "@vidferry/core";
import type { App, RouteDeps } from "../../environment.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const labelName = /^label\.[A-Za-z0-9_.-]{1,63}$/;
// No job has more.
const mostLabels = 20;
const stateNames = JobState.options;
/** Each of them more than once: clients put lists together. */
const mostStates = 20;

/** `a,b` and repeated parameters, as one list. */
const toList = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : [value].flat().flatMap((part) => (typeof part === "string" ? part.split(",") : [part]));

const query = z
  .object({
    state: z.preprocess(toList, z.array(JobState).min(1).max(mostStates).optional()).openapi({
      type: "array",
      maxItems: mostStates,
      items: { type: "string", enum: [...stateNames] },
      description: "Only jobs in these states: repeated, or separated by commas.",
      example: ["queued", "running"],
      param: { name: "state", in: "query", required: false, style: "form", explode: true },
    }),
    q: z.string().trim().min(1).max(200).optional().openapi({ description: "Part of the URL or the title, any case." }),
    cursor: z.string().max(200).optional().openapi({ description: "`nextCursor` of the page before." }),
    limit: z
      .string()
      .regex(/^\d{1,4}$/, "a whole number from 1 to 100")
      .transform(Number)
      .pipe(z.int().min(1).max(100))
      .default(20)
      .openapi({ type: "integer", minimum: 1, maximum: 100, default: 20, description: "Jobs a page." }),
  })
  .catchall(z.unknown())
  .superRefine((value, context) => {
    let labels = 0;
    for (const [key, content] of Object.entries(value)) {
      if (["state", "q", "cursor", "limit"].includes(key)) continue;
      // Others may be of a browser, a cache or a mailer.
      if (!key.startsWith("label.")) continue;
      if (!labelName.test(key) || typeof content !== "string" || content.length > 255) {
        context.addIssue({
          code: "custom",
          path: [key],
          message: "a label's name once, and a value of up to 255 characters",
        });
      } else {
        labels += 1;
        if (labels > mostLabels)
          context.addIssue({ code: "custom", path: [key], message: `at most ${mostLabels} labels` });
      }
    }
  });

/** Parameters whose names are the client's: an object in the form style stands for its properties, each on its own. */
const labelParameters = {
  name: "labels",
  in: "query" as const,
  style: "form" as const,
  explode: true,
  description: "Only jobs with these labels: `label.<name>=<value>`, for up to 20 names.",
  schema: {
    type: "object" as const,
    propertyNames: { pattern: labelName.source },
    additionalProperties: { type: "string" as const, maxLength: 255 },
    maxProperties: mostLabels,
  },
  example: { "label.project": "x" },
};

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
      "The key's own jobs, newest first, page by page. `label.<name>=<value>` keeps those with that label; it may be given for up to 20 names.",
    security: secured("downloads:read"),
    middleware: [deps.requires("downloads:read")],
    request: { query },
    parameters: [labelParameters],
    responses: {
      200: {
        description: "A page. `Link` names the next one.",
        headers: { Link: { schema: { type: "string" }, description: '`rel="next"`, when there is a next page.' } },
        content: { "application/json": { schema: DownloadPage } },
      },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });

  app.openapi(route, async (c) => {
    const { state, q, cursor, limit, ...rest } = c.req.valid("query");
    const labels = Object.fromEntries(
      Object.entries(rest)
        .filter(([key]) => key.startsWith("label."))
        .map(([key, value]) => [key.slice("label.".length), String(value)]),
    );
    const page = await deps.service.list({
      owner: c.get("principal").owner,
      limit,
      ...(state === undefined ? {} : { states: state }),
      ...(q === undefined ? {} : { text: q }),
      ...(cursor === undefined ? {} : { after: decodeCursor(cursor) }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    });
    const nextCursor = page.next === null ? null : encodeCursor(page.next);
    if (nextCursor !== null) {
      const next = new URL(c.req.url);
      next.searchParams.set("cursor", nextCursor);
      c.header("Link", `<${deps.links.to(next.pathname + next.search)}>; rel="next"`);
    }
    const holds = await deps.service.holds(page.jobs);
    return c.json({ data: page.jobs.map((job) => deps.links.job(job, holds.get(job.id))), nextCursor }, 200);
  });
}
