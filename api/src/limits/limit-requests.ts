import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-env.ts";
import { secretOf } from "../auth/keys.ts";
import { clientAddress } from "../http/client/identify-client.ts";
import { type RequestLimits, rateOf } from "./limits.ts";
import { rateHeaders } from "./rate.ts";

/**
 * Whether requests to a path are limited: all of the API, neither health, metrics nor the documentation and other static files.
 * What watches the service must see it most when its clients use up their limits, and costs little.
 */
export const isLimited = (path: string): boolean =>
  path.startsWith("/api/") || path.startsWith("/ws/") || /^\/mcp\/?$/.test(path);

/**
 * Counts requests without a key by their address, and writes what was counted on every answer. Those with a key are counted
 * where it is checked, see {@link countOwner}.
 */
export function limitRequests(limits: RequestLimits): MiddlewareHandler<AppEnv> {
  return async function limitRequests(c, next) {
    if (!isLimited(c.req.path) || c.req.method === "OPTIONS") return await next();
    if (!bringsKey(c)) c.set("rate", (await limits.anonymous(clientAddress(c))) ?? undefined);
    await next();
  };
}

/** Writes the count of a request on its answer. Goes around {@link limitRequests}, whose refusals it writes on too. */
export function showRate(): MiddlewareHandler<AppEnv> {
  return async function showRate(c, next) {
    await next();
    const rate = rateOf(c.error) ?? c.get("rate");
    if (rate !== undefined) for (const header of rateHeaders(rate)) c.res.headers.set(...header);
  };
}

/** Counts a request that was let in against its owner, once, where its path is limited. */
export async function countOwner(limits: RequestLimits | null, c: Context<AppEnv>, owner: string): Promise<void> {
  if (!isLimited(c.req.path)) return;
  const rate = await limits?.owner(owner);
  if (rate !== null && rate !== undefined) c.set("rate", rate);
}

/** Whoever has a signed link or a ticket is a stranger until it proves right, whatever else comes with it. */
const bringsKey = (c: Context<AppEnv>): boolean =>
  c.req.query("token") === undefined &&
  c.req.query("ticket") === undefined &&
  (secretOf(c.req.raw.headers) ?? c.get("sessionKey")) !== null;
