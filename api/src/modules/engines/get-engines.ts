import { createRoute, z } from "@hono/zod-openapi";
import type { EngineChoice, EngineVersion } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

export const Engines = z
  .object({
    inUse: z.string().describe("The version of yt-dlp that attempts are run with; `settings`: that of VIDFERRY_YTDLP."),
    before: z.string().nullable().describe("What `vidferry engine rollback` goes back to; null: nothing."),
    trial: z
      .object({
        version: z.string(),
        share: z.number().describe("Of all attempts, between 0 and 1."),
        succeeded: z.int().describe("Its runs that succeeded so far."),
        failed: z.int().describe("Those that failed as the runs of an outgrown version do."),
      })
      .nullable()
      .describe("A version that some attempts are run with before all are."),
    left: z
      .object({ version: z.string(), reason: z.string() })
      .nullable()
      .describe("The version that was left by itself since the last choice, and why."),
    latestSeen: z.string().nullable().describe("The newest version in ENGINE_INDEX when it was last looked at."),
  })
  .meta({ id: "Engines" });

const example: z.infer<typeof Engines> = {
  inUse: "2026.10.26",
  before: "settings",
  trial: { version: "2026.11.20", share: 0.1, succeeded: 7, failed: 1 },
  left: null,
  latestSeen: "2026.11.20",
};

/** `GET /engines`. */
export function registerGetEngines(app: App, deps: RouteDeps): void {
  const { records } = deps.service;
  const route = createRoute({
    method: "get",
    path: "/api/v1/engines",
    operationId: "getEngines",
    tags: ["records"],
    summary: "Read which yt-dlp is used",
    description:
      "Which version of yt-dlp attempts are run with, which one is on trial and how it does, and what was left. " +
      "It is changed with `vidferry engine`. Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin")],
    request: { query: noQuery },
    responses: {
      200: { description: "The choice.", content: { "application/json": { schema: Engines, example } } },
      ...problemResponses("invalid_request", "unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(route, async (c) => c.json(toEngines(await records.engines()), 200));
}

const nameOf = (version: EngineVersion): string => version ?? "settings";

function toEngines({ current, previous, trial, left, newest }: EngineChoice): z.infer<typeof Engines> {
  return {
    inUse: nameOf(current),
    before: previous === undefined ? null : nameOf(previous),
    trial:
      trial === null
        ? null
        : {
            ...{ version: trial.version, share: trial.share },
            ...{ succeeded: trial.outcomes.succeeded, failed: trial.outcomes.failed },
          },
    left: left === null ? null : { version: left.version, reason: left.reason },
    latestSeen: newest ?? null,
  };
}
