import type { Telemetry } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { AppEnv } from "../app-env.ts";

/** Asked every few seconds by monitors, which would drown out everything else in the log. */
const routines: ReadonlySet<string> = new Set(["/health", "/health/detailed", "/livez", "/readyz", "/metrics"]);

/**
 * Tells of each request. The path is told as the route's pattern, never with its query: queries may hold tokens, and patterns are
 * few.
 */
export function observeRequests(telemetry: Telemetry): MiddlewareHandler<AppEnv> {
  return function observeRequests(c, next) {
    const begun = {
      method: c.req.method,
      requestId: c.get("requestId"),
      traceparent: c.req.header("traceparent") ?? null,
    };
    return telemetry.during("request", begun, async (note) => {
      await next();
      const last = routePath(c, -1);
      const route = last === "*" || last === "/*" ? "unmatched" : last;
      note({
        route,
        status: c.res.status,
        routine: routines.has(route),
        client: c.get("client").address,
        keyId: c.get("principal")?.keyId ?? null,
      });
    });
  };
}
