import { createRoute, z } from "@hono/zod-openapi";
import { logLevels } from "@vidferry/core";
import type { App } from "../../app-env.ts";
import { actorOf } from "../../auth/actor.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { noQuery } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

const LogLevelChange = z
  .strictObject({
    level: z
      .enum(logLevels)
      .nullable()
      .describe("The least severe line that is written; null: what each process was configured with."),
  })
  .meta({ id: "LogLevelChange", example: { level: "debug" } });

/** `PUT /log-level`. */
export function registerLogLevel(app: App, deps: RouteDeps): void {
  const { records } = deps.service;
  const route = createRoute({
    method: "put",
    path: "/api/v1/log-level",
    operationId: "setLogLevel",
    tags: ["records"],
    summary: "Set how much is logged",
    description:
      "Every process of the service that hears it, API and workers, logs this much from now on, until it is told otherwise or ends; " +
      "each says so in its log. The signal SIGUSR2 does the same for one process: `debug`, and with the next one back. " +
      "Needs the scope `admin`.",
    security: secured("admin"),
    middleware: [deps.requires("admin"), deps.limitBody],
    request: {
      query: noQuery,
      body: {
        required: true,
        content: {
          "application/json": {
            schema: LogLevelChange,
            examples: {
              debug: { summary: "Everything", value: { level: "debug" } },
              configured: { summary: "As it was configured", value: { level: null } },
            },
          },
        },
      },
    },
    responses: {
      202: {
        description: "The processes are told.",
        content: { "application/json": { schema: LogLevelChange, example: { level: "debug" } } },
      },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "payload_too_large",
        "unsupported_media_type",
        "unavailable",
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { level } = c.req.valid("json");
    await records.setLogLevel(level, actorOf(c));
    return c.json({ level }, 202);
  });
}
