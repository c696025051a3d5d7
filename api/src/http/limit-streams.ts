import type { MiddlewareHandler } from "hono";
import type { Auth } from "../auth/auth.ts";
import type { AppEnv } from "../environment.ts";
import type { StreamSlots } from "./stream-slots.ts";

/** Gives the request a place among the open streams until its connection is free again. Goes after `authorize`. */
export function limitStreams(auth: Pick<Auth, "mode">, slots: StreamSlots): MiddlewareHandler<AppEnv> {
  return async function limitStreams(c, next) {
    // Without a server nobody says when it is over, and there is no descriptor to spare.
    const onEnd = c.env?.onEnd;
    if (onEnd !== undefined) {
      const { keyId, owner } = c.get("principal");
      // A signed link needs no key: its transfer counts against its owner. Without keys all share one owner.
      onEnd(slots.take(auth.mode === "off" ? null : (keyId ?? `owner ${owner}`)));
    }
    await next();
  };
}
