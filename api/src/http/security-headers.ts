import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-env.ts";
import type { ApiConfig } from "../config.ts";

/** Of every answer, also of one to what was no request. */
export const strictHeaders: readonly (readonly [name: string, value: string])[] = [
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cache-control", "no-store"],
];
const overTls = ["strict-transport-security", "max-age=31536000"] as const;

/** Headers that keep browsers from doing more with an answer than it is meant for. A route's own headers stand. */
export function securityHeaders(config: ApiConfig): MiddlewareHandler<AppEnv> {
  const defaults: readonly (readonly [string, string])[] = [
    ...strictHeaders,
    // Pages of other origins may embed files only where the operator lets them call the API at all.
    ["cross-origin-resource-policy", config.corsOrigins.length > 0 ? "cross-origin" : "same-origin"],
  ];
  const isPublicSecure = config.publicUrl?.startsWith("https:") === true;
  return async function securityHeaders(c, next) {
    await next();
    const { headers } = c.res;
    for (const [name, value] of defaults) if (!headers.has(name)) headers.set(name, value);
    // Over plain HTTP browsers ignore it, and it would be a lie.
    if (isPublicSecure || c.get("client").isSecure) headers.set(...overTls);
  };
}
