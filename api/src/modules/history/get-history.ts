import { createRoute, z } from "@hono/zod-openapi";
import type { EndedJob, HistoryCursor, HistoryQuery } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { ownerOf, ownerParameter } from "../../auth/owner-scope.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { framesBody } from "../../http/frames.ts";
import { endWithKey } from "../../http/limit-streams.ts";
import { cursorParameter, limitParameter } from "../../http/page-parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { pulledFrames } from "../../http/pulled-frames.ts";
import { secured } from "../../http/secured.ts";
import { timeRange } from "../../http/time-range.ts";
import { unbuffered } from "../../http/unbuffered.ts";
import { csvHead, EndedJobResource, exampleEndedJob, toCsvLine, toEndedJobResource } from "./ended-job.ts";

export const HistoryPage = z
  .object({
    data: z.array(EndedJobResource),
    nextCursor: z.string().nullable().describe("For the next page; null on the last one."),
  })
  .meta({ id: "HistoryPage" });
export type HistoryPage = z.infer<typeof HistoryPage>;

const query = z.object({
  ...timeRange,
  format: z
    .enum(["json", "csv"])
    .default("json")
    .openapi({ description: "`csv`: everything in one file, as it is read; `limit` does not count then." }),
  owner: ownerParameter,
  cursor: cursorParameter,
  limit: limitParameter(100, 1_000),
});

/** Rows that are read at once for a file: what a slow reader keeps in memory. */
const rowsAtOnce = 500;

const cursorOf = ({ endedAt, jobId }: EndedJob) => encodeCursor({ createdAt: endedAt, id: jobId });

/** `GET /history`. */
export function registerGetHistory(app: App, deps: RouteDeps): void {
  const { records } = deps.service;
  const route = createRoute({
    method: "get",
    path: "/api/v1/history",
    operationId: "getHistory",
    tags: ["records"],
    summary: "List every end of a job",
    description:
      "Every job that ended, the latest first, as JSON page by page or as one CSV file. An entry outlives its job: it stays when results expire and when the job is deleted, then without link, title and labels. HISTORY_SECONDS limits how long. " +
      "A job that failed, was retried by hand and then succeeded has two entries. In CSV, a text that a spreadsheet would take for a formula begins with an apostrophe.",
    security: secured("downloads:read"),
    middleware: [deps.requires("downloads:read"), deps.limitStreams],
    request: { query },
    responses: {
      200: {
        description: "A page, or the whole file. `Link` names the next page.",
        headers: {
          Link: { schema: { type: "string" }, description: '`rel="next"`, when there is a next page.' },
          "Content-Disposition": { schema: { type: "string" }, description: "Of the CSV file: `attachment`." },
        },
        content: {
          "application/json": { schema: HistoryPage, example: { data: [exampleEndedJob], nextCursor: null } },
          "text/csv": {
            schema: z.string(),
            example: `${csvHead}${exampleEndedJob.jobId},web,succeeded,,youtube.com,video,…\r\n`,
          },
        },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "quota_exceeded",
        "rate_limit_exceeded",
        "unavailable",
      ),
    },
  });

  app.openapi(route, async (c) => {
    const { format, cursor, limit, from, to, owner } = c.req.valid("query");
    const place = cursor === undefined ? undefined : decodeCursor(cursor);
    const asked: Omit<HistoryQuery, "limit"> = {
      owner: ownerOf(c.get("principal"), owner),
      ...(from && { from }),
      ...(to && { to }),
      ...(place && { after: { endedAt: place.createdAt, jobId: place.id } }),
    };
    if (format === "csv") {
      // Read before the answer begins, so that an error can still be answered with a problem.
      const first = await records.history({ ...asked, limit: rowsAtOnce });
      const frames = pulledFrames({
        frames: linesOf(asked, first),
        stalledMs: deps.config.stalledMs,
        onError: (error) => deps.logger.warn("a history was cut off", { requestId: c.get("requestId"), error }),
      });
      const isHead = c.req.method === "HEAD";
      endWithKey(c);
      if (!isHead) c.env?.stream?.(frames);
      const body = isHead || c.env?.stream !== undefined ? null : framesBody(frames);
      return new Response(body, { headers: csvHeaders });
    }
    const entries = await records.history({ ...asked, limit: limit + 1 });
    const page = entries.slice(0, limit);
    const last = page.at(-1);
    const nextCursor = entries.length > limit && last !== undefined ? cursorOf(last) : null;
    if (nextCursor !== null) {
      const next = new URL(c.req.url);
      next.searchParams.set("cursor", nextCursor);
      c.header("Link", `<${deps.links.to(next.pathname + next.search)}>; rel="next"`);
    }
    return c.json({ data: page.map(toEndedJobResource), nextCursor }, 200);
  });

  /** The lines of a file, a page at a time: none is in memory before its reader has room for it. */
  async function* linesOf(
    asked: Omit<HistoryQuery, "limit">,
    first: readonly EndedJob[],
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    const encoder = new TextEncoder();
    yield encoder.encode(csvHead);
    for (let page = first; page.length > 0; ) {
      yield encoder.encode(page.map(toCsvLine).join(""));
      const last = page.at(-1);
      if (page.length < rowsAtOnce || last === undefined) return;
      const after: HistoryCursor = { endedAt: last.endedAt, jobId: last.jobId };
      page = await records.history({ ...asked, after, limit: rowsAtOnce });
    }
  }
}

const csvHeaders = {
  ...unbuffered,
  "content-type": "text/csv; charset=utf-8; header=present",
  "content-disposition": 'attachment; filename="vidferry-history.csv"',
  "cache-control": "no-store",
};
