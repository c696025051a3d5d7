import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../../app-env.ts";
import type { ApiConfig } from "../../config.ts";
import { readClient } from "./client.ts";

/** Finds out who sends each request. */
export function identifyClient({ trustedProxies }: Pick<ApiConfig, "trustedProxies">): MiddlewareHandler<AppEnv> {
  return function identifyClient(c, next) {
    c.set("client", readClient(trustedProxies, c.env?.address, c.req.raw.headers));
    return next();
  };
}

/** The address that a request comes from; null: not known. */
export const clientAddress = (c: Context<AppEnv>): string | null => c.get("client").address;

/** The service's own origin, as the client sees it. */
export function ownOrigin(c: Context<AppEnv>): string {
  const { protocol, host } = new URL(c.req.url);
  return `${c.get("client").isSecure ? "https:" : protocol}//${host}`;
}
