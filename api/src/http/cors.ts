import { cors } from "hono/cors";

const sent = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "If-Range",
  "Last-Event-ID",
  "Prefer",
  "Range",
  "X-API-Key",
  "X-Request-Id",
];
const shown = [
  "Accept-Ranges",
  "Content-Disposition",
  "Content-Length",
  "Content-Range",
  "ETag",
  "Idempotent-Replayed",
  "Link",
  "Location",
  "Preference-Applied",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "X-Request-Id",
];

/** Lets pages of these origins call the API; `*`: of all, which then never send cookies. */
export function corsFor(origins: readonly string[]): ReturnType<typeof cors> {
  const isAny = origins.includes("*");
  return cors({
    origin: isAny ? "*" : [...origins],
    // `null` is the origin of every sandboxed page, so it names nobody.
    credentials: !isAny && !origins.includes("null"),
    allowMethods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
    allowHeaders: sent,
    exposeHeaders: shown,
    maxAge: 600,
  });
}
