import type { Context } from "hono";
import type { AppEnv } from "../../app-env.ts";
import type { ApiConfig } from "../../config.ts";
import { clientAddress } from "./identify-client.ts";
import { isWithin } from "./networks.ts";
import { isFromThisMachine } from "./this-machine.ts";

/**
 * Tells whether a caller's `traceparent` is continued. Its ids and its flag decide what is sampled, so a stranger could have all
 * of their requests recorded, or none.
 */
export function isTrustedCaller(
  config: Pick<ApiConfig, "publicUrl" | "trustedProxies" | "traceparentFrom">,
): (c: Context<AppEnv>) => boolean {
  const isLocal = isFromThisMachine(config);
  return (c) => {
    const address = clientAddress(c);
    return isLocal(c) || (address !== null && isWithin(address, config.traceparentFrom));
  };
}
