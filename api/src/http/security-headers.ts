import type { MiddlewareHandler } from "hono";
import type { ApiConfig } from "../config.ts";
import type { AppEnv } from "../environment.ts";

/** Headers that keep browsers from doing more with an answer than it is meant for. A route's own headers stand. */
export function securityHeaders(config: ApiConfig): MiddlewareHandler<AppEnv> {
  const defaults: readonly (readonly [string, string])[] = [
    ["x-content-type-options", "nosniff"],
    ["x-frame-options", "DENY"],
    ["referrer-policy", "no-referrer"],
    ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
    // Pages of other origins may embed files only where the operator lets them call the API at all.
    ["cross-origin-resource-policy", config.corsOrigins.length > 0 ? "cross-origin" : "same-origin"],
    ["cache-control", "no-store"],
    ...(config.publicUrl?.startsWith("https:") ? [["strict-transport-security", "max-age=31536000"] as const] : []),
  ];
  return async function securityHeaders(c, next) {
    await next();
    for (const [name, value] of defaults) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  };
}
