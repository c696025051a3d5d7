import { createRoute, z } from "@hono/zod-openapi";
import {
  AppError,
  BatchResource,
  BatchState,
  idPattern,
  type ScheduleId,
  SkippedEntry,
  toBatchResource,
  toSkippedEntry,
} from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { answerTagged, notModified, tagHeader } from "../../http/entity-tag.ts";
import { cursorParameter, filteredCursorParameter, limitParameter } from "../../http/page-parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { BatchPath, batchIdOf } from "./parameters.ts";

const nextCursor = z.string().nullable().describe("For the next page; null on the last one.");
const BatchPage = z.object({ data: z.array(BatchResource), nextCursor }).meta({ id: "BatchPage" });
const SkippedPage = z.object({ data: z.array(SkippedEntry), nextCursor }).meta({ id: "SkippedPage" });

const listQuery = z.object({
  state: BatchState.optional().openapi({ description: "Only batches in this state." }),
  scheduleId: z
    .string()
    .regex(idPattern("sch"), "an id such as `sch_` and 32 hexadecimal digits")
    .optional()
    .openapi({ description: "Only what this schedule made." }),
  cursor: filteredCursorParameter,
  limit: limitParameter(20, 100, "Batches a page."),
});

const skippedQuery = z.object({ cursor: cursorParameter, limit: limitParameter(100, 1000) });

/** `GET /batches`, `GET /batches/{id}` and `GET /batches/{id}/skipped`. */
export function registerReadBatches(app: App, deps: RouteDeps): void {
  const common = { method: "get" as const, tags: ["batches"], security: secured("downloads:read") };
  const middleware = [deps.requires("downloads:read")];

  const list = createRoute({
    ...common,
    path: "/api/v1/batches",
    operationId: "listBatches",
    summary: "List batches",
    description: "The key's own batches, newest first, page by page.",
    middleware,
    request: { query: listQuery },
    responses: {
      200: { description: "A page.", content: { "application/json": { schema: BatchPage } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(list, async (c) => {
    const { state, scheduleId, cursor, limit } = c.req.valid("query");
    const filter = {
      ...(state === undefined ? {} : { states: [state] }),
      ...(scheduleId === undefined ? {} : { scheduleId: scheduleId as ScheduleId }),
    };
    const { owner } = c.get("principal");
    const after = cursor === undefined ? {} : { after: decodeCursor(cursor, "bat", filter) };
    const { batches, next } = await deps.service.batches.list({ owner, limit, ...filter, ...after });
    return c.json(
      { data: batches.map(toBatchResource), nextCursor: next === null ? null : encodeCursor(next, filter) },
      200,
    );
  });

  const get = createRoute({
    ...common,
    path: "/api/v1/batches/{id}",
    operationId: "getBatch",
    summary: "Get a batch",
    description: "Its state, and how many of its jobs are in which.",
    middleware,
    request: { params: BatchPath },
    responses: {
      200: {
        description: "The batch.",
        headers: tagHeader,
        content: { "application/json": { schema: BatchResource } },
      },
      ...notModified,
      ...problemResponses("unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(get, async (c) => {
    const id = batchIdOf(c.req.valid("param").id);
    return answerTagged(c, toBatchResource(await deps.service.batches.get(id, c.get("principal").owner)));
  });

  const skipped = createRoute({
    ...common,
    path: "/api/v1/batches/{id}/skipped",
    operationId: "listSkippedEntries",
    summary: "List what was skipped",
    description:
      "Entries of the list of which no job was made, and why: private, deleted, or nothing that can be downloaded here. What `match` left " +
      "out is not among them.",
    middleware,
    request: { params: BatchPath, query: skippedQuery },
    responses: {
      200: { description: "A page.", content: { "application/json": { schema: SkippedPage } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "not_found", "unavailable"),
    },
  });
  app.openapi(skipped, async (c) => {
    const id = batchIdOf(c.req.valid("param").id);
    const { cursor, limit } = c.req.valid("query");
    const after = cursor === undefined ? undefined : placeIn(cursor);
    const entries = await deps.service.batches.skipped(id, c.get("principal").owner, limit + 1, after);
    const page = entries.slice(0, limit);
    const last = page.at(-1);
    const next = entries.length > limit && last !== undefined ? String(last.position) : null;
    return c.json({ data: page.map(toSkippedEntry), nextCursor: next }, 200);
  });
}

function placeIn(cursor: string): number {
  if (/^-?\d{1,7}$/.test(cursor)) return Number(cursor);
  const message = "is not a cursor of this list; take `nextCursor` as it was given";
  throw new AppError("invalid_request", `\`cursor\` ${message}.`, { fields: [{ path: "/cursor", message }] });
}
