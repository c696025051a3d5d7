import { createRoute, z } from "@hono/zod-openapi";
import { JobError, type LaneState } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import { cursorParameter, limitParameter } from "../../http/page-parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const Lane = z
  .object({
    depth: z.int().describe("Jobs that a free worker would take, each when it is its owner's turn."),
    oldestAgeSeconds: z.number().nullable().describe("How long the one that waits longest has been due."),
  })
  .meta({ id: "Lane" });

const DeadLetter = z
  .object({
    jobId: z.string(),
    owner: z.string(),
    url: z.string(),
    attempt: z.int(),
    lostWorkers: z.int(),
    error: JobError.clone().nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "DeadLetter" });

export const Queue = z
  .object({
    lanes: z.object({ high: Lane, normal: Lane, low: Lane }),
    waiting: z
      .object({
        ...{ schedule: z.int(), retry: z.int(), egress: z.int(), live: z.int() },
        quota: z.int().describe("Their owner runs as many as its account allows."),
        fair_share: z.int().describe("Those of the lanes, while they are of several owners that take turns."),
      })
      .describe("Jobs that wait for something else than a worker."),
    running: z.int(),
    isWhole: z
      .boolean()
      .describe("False when more than 100,000 jobs are queued: the numbers are then those of a part of them."),
    deadLetters: z
      .object({ data: z.array(DeadLetter), nextCursor: z.string().nullable() })
      .describe("Jobs that failed with `worker_lost`, newest first, page by page. A retry takes them up again."),
  })
  .meta({ id: "Queue" });

const example = {
  lanes: {
    high: { depth: 0, oldestAgeSeconds: null },
    normal: { depth: 12, oldestAgeSeconds: 4.2 },
    low: { depth: 0, oldestAgeSeconds: null },
  },
  waiting: { schedule: 3, retry: 1, egress: 0, live: 0, quota: 2, fair_share: 12 },
  running: 4,
  isWhole: true,
  deadLetters: { data: [], nextCursor: null },
};

const query = z.object({ cursor: cursorParameter, limit: limitParameter(20, 100) });

/** `GET /queue`. */
export function registerGetQueue(app: App, deps: RouteDeps): void {
  const { records } = deps.service;
  const route = createRoute({
    method: "get",
    path: "/api/v1/queue",
    operationId: "getQueue",
    tags: ["records"],
    summary: "Read the queue",
    description:
      "How many jobs wait in each lane and for how long, what others wait for, and the dead letters: jobs that lost too many workers. Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { query },
    responses: {
      200: { description: "The queue.", content: { "application/json": { schema: Queue, example } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });

  app.openapi(route, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const after = cursor === undefined ? {} : { after: decodeCursor(cursor) };
    const [{ lanes, waiting, running, isWhole }, dead] = await Promise.all([
      records.queue(),
      records.deadLetters({ ...after, limit: limit + 1 }),
    ]);
    const page = dead.slice(0, limit);
    const last = page.at(-1);
    const { schedule = 0, retry = 0, egress = 0, live = 0, quota = 0, fair_share = 0 } = waiting;
    return c.json(
      {
        lanes: { high: toLane(lanes.high), normal: toLane(lanes.normal), low: toLane(lanes.low) },
        waiting: { schedule, retry, egress, live, quota, fair_share },
        running,
        isWhole,
        deadLetters: {
          data: page.map(({ id, owner, request, attempt, lostWorkers, error, createdAt, finishedAt }) => ({
            ...{ jobId: id, owner, url: request.url, attempt, lostWorkers, error },
            createdAt: createdAt.toISOString(),
            finishedAt: finishedAt?.toISOString() ?? null,
          })),
          nextCursor: dead.length > limit && last !== undefined ? encodeCursor(last) : null,
        },
      },
      200,
    );
  });
}

const toLane = ({ depth, oldestAgeMs }: LaneState) => ({
  depth,
  oldestAgeSeconds: oldestAgeMs === null ? null : oldestAgeMs / 1000,
});
