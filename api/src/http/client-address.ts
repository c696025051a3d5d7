import type { Context } from "hono";
import type { AppEnv } from "../environment.ts";

/** The address that a request comes from; null where the runtime tells none. IPv4 is written as such, also over an IPv6 socket. */
export function clientAddress(c: Context<AppEnv>): string | null {
  return c.env?.address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "") ?? null;
}
