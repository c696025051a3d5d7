import type { Logger, Telemetry } from "@vidferry/core";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { AppEnv } from "../app-env.ts";

/** Polled every few seconds by monitors, which would drown out everything else in the log. */
const healthPaths: ReadonlySet<string> = new Set(["/health", "/health/detailed", "/livez", "/readyz"]);

/**
 * One line and one measurement a request. The path is logged as the route's pattern, never with its query: queries may hold
 * tokens, and patterns keep the cardinality of the metrics low.
 */
export function accessLog(logger: Logger, telemetry?: Telemetry): MiddlewareHandler<AppEnv> {
  return async function accessLog(c, next) {
    const start = performance.now();
    await next();
    const seconds = (performance.now() - start) / 1000;
    const last = routePath(c, -1);
    const route = last === "*" || last === "/*" ? "unmatched" : last;
    const status = c.res.status;
    const labels = { method: c.req.method, route, status: String(status) };
    telemetry?.count("vidferry_http_requests_total", labels);
    telemetry?.observe("vidferry_http_request_duration_seconds", seconds, { method: labels.method, route });
    const level = healthPaths.has(route) ? "debug" : "info";
    logger[level]("request", {
      requestId: c.get("requestId"),
      method: c.req.method,
      route,
      status,
      ms: Math.round(seconds * 1000),
      client: c.get("client").address ?? undefined,
      keyId: c.get("principal")?.keyId ?? undefined,
    });
  };
}
