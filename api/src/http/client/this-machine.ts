import type { Context } from "hono";
import type { AppEnv } from "../../app-env.ts";
import type { ApiConfig } from "../../config.ts";
import { canonicalAddress } from "./address.ts";
import { isWithin } from "./networks.ts";

const localName = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What proxies write into the requests that they pass on. */
const marks = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/**
 * Tells whether a request comes from a program of this machine and from nobody behind it. The peer alone does not: behind a
 * proxy on the same machine everybody comes from loopback. So nothing may point to one, neither the settings nor the request.
 */
export function isFromThisMachine({
  publicUrl,
  trustedProxies,
}: Pick<ApiConfig, "publicUrl" | "trustedProxies">): (c: Context<AppEnv>) => boolean {
  const isPublic = publicUrl !== null && !localName.test(new URL(publicUrl).hostname);
  return (c) => {
    const peer = c.env?.address === undefined ? null : canonicalAddress(c.env.address);
    if (peer === null || !isWithin(peer, ["loopback"]) || isPublic) return false;
    if (trustedProxies.length > 0 && isWithin(peer, trustedProxies)) return false;
    if (marks.some((name) => c.req.header(name) !== undefined)) return false;
    return localName.test(new URL(c.req.url).hostname);
  };
}
