import { createRoute, z } from "@hono/zod-openapi";
import type { App } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { isFromThisMachine } from "../../http/client/this-machine.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";

/** Of a process that keeps no metrics. */
const none = { contentType: "text/plain; charset=utf-8", text: async () => "" };

/** `GET /metrics`. */
export function registerMetrics(app: App, { config, metrics, requires }: RouteDeps): void {
  const requiresAdmin = requires("admin");
  const isLocal = isFromThisMachine(config);
  const route = createRoute({
    method: "get",
    path: "/metrics",
    operationId: "getMetrics",
    tags: ["health"],
    summary: "Read the metrics",
    description:
      "In the text format of Prometheus. Needs a key with the scope `admin`; a program on the same machine needs none, as long as nothing forwards its request. `METRICS_PORT` serves the same on a port of its own, without keys.",
    // A program on the same machine needs none.
    security: [{}, ...secured("admin")],
    middleware: [
      async function admit(c, next) {
        await (isLocal(c) ? next() : requiresAdmin(c, next));
      },
    ],
    responses: {
      200: {
        description: "The metrics of this process.",
        content: { "text/plain": { schema: z.string(), example: "vidferry_worker_jobs_running 2\n" } },
      },
      ...problemResponses("unauthorized", "forbidden", "unavailable"),
    },
  });
  app.openapi(route, async (c) => {
    const { contentType, text } = metrics ?? none;
    return c.text(await text(), 200, { "content-type": contentType, "cache-control": "no-store" });
  });
}
