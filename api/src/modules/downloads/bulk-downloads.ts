import { createRoute, z } from "@hono/zod-openapi";
import { type BulkResult, type BulkTarget, errorCodeNames, isId, JobState } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { answerOnce, idempotencyHeaders, replayedHeader } from "../../http/idempotency.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { DownloadFilter, toJobFilter } from "./filter.ts";

const mostJobs = 1_000;

const BulkRequest = z
  .strictObject({
    action: z.enum(["cancel", "pause", "resume", "retry", "delete"]),
    ids: z.array(z.string().max(64)).min(1).max(mostJobs).optional().describe("These jobs."),
    filter: DownloadFilter.optional().describe("All jobs that agree with it and that the action is for."),
    limit: z.int().min(1).max(mostJobs).default(100).describe("With `filter`: how many jobs at once."),
    cursor: z.string().max(200).optional().describe("With `filter`: `nextCursor` of the answer before."),
  })
  .superRefine(({ ids, filter, cursor }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (ids === undefined && filter === undefined) refuse("ids", "send either `ids` or `filter`");
    if (ids !== undefined && filter !== undefined) refuse("filter", "send either `ids` or `filter`, not both");
    if (ids !== undefined && cursor !== undefined) refuse("cursor", "goes with `filter`");
  })
  .meta({
    id: "BulkRequest",
    // The same rules as those above.
    oneOf: [
      {
        required: ["ids"],
        not: {
          anyOf: [
            { properties: { filter: {} }, required: ["filter"] },
            { properties: { cursor: {} }, required: ["cursor"] },
          ],
        },
      },
      { required: ["filter"], not: { properties: { ids: {} }, required: ["ids"] } },
    ],
  });

export const BulkAnswer = z
  .object({
    data: z.array(
      z.object({
        id: z.string(),
        state: JobState.nullable().describe("Its state now; null: it does not exist (any more)."),
        error: z
          .object({ code: z.enum(errorCodeNames), detail: z.string() })
          .nullable()
          .describe("Why nothing was done to it; null: it was."),
      }),
    ),
    done: z.int().min(0),
    failed: z.int().min(0),
    nextCursor: z.string().nullable().describe("Send it with the same body to go on; null: nothing is left."),
    remaining: z.int().min(0).describe("How many jobs the filter still holds that the action is for."),
    remainingExact: z.boolean().describe("False: there are more."),
  })
  .meta({ id: "BulkAnswer" });
type BulkAnswer = z.infer<typeof BulkAnswer>;

const examples = {
  ids: {
    summary: "These jobs",
    value: { action: "cancel", ids: ["job_0199f3a2c4d87b1e9a5d6c3f20417e88"] },
  },
  filter: { summary: "All that failed for this reason", value: { action: "retry", filter: { code: ["bot_check"] } } },
};

/** `POST /downloads/bulk`. */
export function registerBulkDownloads(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "post",
    path: "/api/v1/downloads/bulk",
    operationId: "changeDownloads",
    tags: ["downloads"],
    summary: "Do one thing to several downloads",
    description:
      "Cancels, pauses, resumes, retries or deletes the jobs that are named, or those of a filter, and answers for each. " +
      "A filter is done page by page: send `nextCursor` until it is null. Jobs that are made meanwhile are left alone.",
    security: secured("downloads:write"),
    middleware: [deps.requires("downloads:write"), deps.limitBody],
    request: {
      query: noQuery,
      headers: idempotencyHeaders,
      body: { required: true, content: { "application/json": { schema: BulkRequest, examples } } },
    },
    responses: {
      200: {
        description: "What became of each job.",
        headers: replayedHeader,
        content: { "application/json": { schema: BulkAnswer } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "idempotency_conflict",
        "idempotency_in_progress",
        "payload_too_large",
        "unsupported_media_type",
        "unavailable",
      ),
    },
  });

  app.openapi(route, (c) => {
    const { action, ids, filter = {}, limit, cursor } = c.req.valid("json");
    const { owner } = c.get("principal");
    const jobFilter = toJobFilter(filter);
    const mark = { action, ...jobFilter };
    const known = ids?.filter((id) => isId("job", id));
    const target: BulkTarget =
      known === undefined
        ? { filter: jobFilter, limit, ...(cursor === undefined ? {} : { after: decodeCursor(cursor, "job", mark) }) }
        : { ids: known };
    const present = ({ items, next, remaining }: BulkResult) => {
      // What can be no id is answered in its place, as any other unknown one.
      const byId = new Map(items.map((item) => [item.id, item]));
      const all = ids === undefined ? items : [...new Set(ids)].map((id) => byId.get(id) ?? unknownItem(id));
      const failed = all.filter(({ error }) => error !== null).length;
      const body: BulkAnswer = {
        data: all.map(({ id, state, error }) => ({ id, state, error })),
        done: all.length - failed,
        failed,
        nextCursor: next === null ? null : encodeCursor(next, mark),
        remaining: remaining.count,
        remainingExact: remaining.exact,
      };
      return { status: 200 as const, body };
    };
    return answerOnce(c, present, (once) => deps.service.changeAll({ owner, action, target, by: actorOf(c) }, once));
  });
}

const unknownItem = (id: string) => ({
  id,
  state: null,
  error: { code: "not_found" as const, detail: "There is no such job." },
});
