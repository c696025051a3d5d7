import { createRoute, z } from "@hono/zod-openapi";
import {
  AppError,
  type Figures,
  nextStart,
  percentileOf,
  type StatsAnswer,
  type StatsBy,
  startOf,
  statsBy,
} from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { requireScope } from "../../auth/auth.ts";
import { ownerOf, ownerParameter } from "../../auth/owner-scope.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { timeRange } from "../../http/time-range.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Of days and hours every one is in an answer. */
const longestRangeMs: Partial<Record<StatsBy, number>> = { hour: 62 * dayMs, day: 1_100 * dayMs };
const usualRangeMs = (by: StatsBy): number => (by === "hour" ? 2 * dayMs : 30 * dayMs);

const StatsFigures = z
  .object({
    count: z
      .int()
      .describe("How many jobs ended. One that failed, was retried by hand and then succeeded ended twice."),
    bytes: z.int().describe("Of the files they made."),
    runSeconds: z
      .object({
        count: z.int().describe("How many of them ever ran."),
        sum: z.number(),
        p50: z.number().nullable(),
        p90: z.number().nullable(),
        p99: z.number().nullable(),
      })
      .describe(
        "From the start of the first attempt to the end, pauses between attempts included. The percentiles are right to a tenth; null when none ran.",
      ),
  })
  .meta({ id: "StatsFigures" });

const StatsGroup = StatsFigures.extend({
  key: z.string().describe("The start of the day or hour, or the state, error code, host or owner."),
}).meta({ id: "StatsGroup" });

export const Stats = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    by: z.enum(statsBy),
    owner: z.string().nullable().describe("Whose jobs were counted; null: everybody's."),
    total: StatsFigures,
    data: z
      .array(StatsGroup)
      .describe("Every day, hour and state of the time in between; of the others the hundred with the most ends."),
  })
  .meta({ id: "Stats" });

const figures = (count: number, bytes: number, sum: number) => ({
  ...{ count, bytes },
  runSeconds: { count, sum, p50: 21.3, p90: 60.1, p99: 143 },
});
const example = {
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-11-03T00:00:00.000Z",
  by: "day" as const,
  owner: "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
  total: figures(60, 4_831_838_208, 1_620.5),
  data: [
    { key: "2026-11-01T00:00:00.000Z", ...figures(20, 1_610_612_736, 540.25) },
    { key: "2026-11-02T00:00:00.000Z", ...figures(40, 3_221_225_472, 1_080.25) },
  ],
};

const query = z.object({
  ...timeRange,
  by: z.enum(statsBy).default("day").openapi({ description: "What to count by; `owner` needs the scope `admin`." }),
  owner: ownerParameter,
});

/** `GET /stats`. */
export function registerGetStats(app: App, deps: RouteDeps): void {
  const route = createRoute({
    method: "get",
    path: "/api/v1/stats",
    operationId: "getStats",
    tags: ["records"],
    summary: "Count what ended",
    description:
      "Counts, bytes and durations of the jobs that ended between two times, which are taken as whole hours in UTC: `from` back to the start of its hour, `to` on to the end of its hour. Without them the last 30 days, by hour the last two. " +
      "A job is counted a few seconds after its end; deleting it changes nothing.",
    security: secured("downloads:read"),
    middleware: [deps.requires("downloads:read")],
    request: { query },
    responses: {
      200: { description: "The figures.", content: { "application/json": { schema: Stats, example } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(route, async (c) => {
    const { by, ...asked } = c.req.valid("query");
    const principal = c.get("principal");
    if (by === "owner") requireScope(principal, "admin");
    const owner = by === "owner" ? null : ownerOf(principal, asked.owner);
    const { from, to } = wholeHours(by, asked, new Date());
    const answer = await deps.service.records.stats({ by, owner, from, to });
    return c.json({ from: from.toISOString(), to: to.toISOString(), by, owner, ...present(answer) }, 200);
  });
}

function wholeHours(
  by: StatsBy,
  asked: { readonly from?: Date | undefined; readonly to?: Date | undefined },
  now: Date,
) {
  const to = nextStart("hour", asked.to ?? now);
  const from = startOf("hour", asked.from ?? new Date(Math.max(0, to.getTime() - usualRangeMs(by))));
  const refuse = (path: string, message: string) =>
    new AppError("invalid_request", `\`${path}\` in the query ${message}.`, {
      fields: [{ path: `/${path}`, message }],
    });
  if (from > to) throw refuse("to", "must not be before `from`");
  const longest = longestRangeMs[by];
  if (longest !== undefined && to.getTime() - from.getTime() > longest)
    throw refuse("from", `must be at most ${longest / dayMs} days before \`to\` when it goes by ${by}`);
  return { from, to };
}

function present({ total, groups }: StatsAnswer) {
  return { total: toFigures(total), data: groups.map((group) => ({ key: group.key, ...toFigures(group) })) };
}

function toFigures({ count, bytes, timed, runMs, histogram }: Figures) {
  const percentile = (share: number): number | null => {
    const ms = percentileOf(histogram, share);
    return ms === null ? null : Number((ms / 1000).toPrecision(3));
  };
  const [p50, p90, p99] = [percentile(0.5), percentile(0.9), percentile(0.99)];
  return { count, bytes, runSeconds: { count: timed, sum: runMs / 1000, p50, p90, p99 } };
}
