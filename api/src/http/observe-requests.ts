import type { Telemetry } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { AppEnv } from "../app-env.ts";
import type { ApiConfig } from "../config.ts";
import { isTrustedCaller } from "./client/trusted-caller.ts";

/** Asked every few seconds by monitors, which would drown out everything else in the log. */
const routines: ReadonlySet<string> = new Set(["/health", "/health/detailed", "/livez", "/readyz", "/metrics"]);

/**
 * Tells of each request. The path is told as the route's pattern, never with its query: queries may hold tokens, and patterns are
 * few.
 */
export function observeRequests(telemetry: Telemetry, config: ApiConfig): MiddlewareHandler<AppEnv> {
  const isTrusted = isTrustedCaller(config);
  return function observeRequests(c, next) {
    const theirs = c.req.header("traceparent") ?? null;
    const isContinued = theirs !== null && isTrusted(c);
    const begun = {
      method: c.req.method,
      requestId: c.get("requestId"),
      traceparent: isContinued ? theirs : null,
      linkedTraceparent: isContinued ? null : theirs,
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
