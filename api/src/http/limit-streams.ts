import type { MiddlewareHandler } from "hono";
import type { Auth } from "../auth/auth.ts";
import type { AppEnv } from "../environment.ts";
import type { StreamSlots } from "./stream-slots.ts";

/** Takes a stream slot for the request and releases it when the response has ended. Goes after `authorize`. */
export function limitStreams(auth: Pick<Auth, "mode">, slots: StreamSlots): MiddlewareHandler<AppEnv> {
  return async function limitStreams(c, next) {
    // Without our server (the app called as a function) nothing reports the end of a response, and no descriptor is held.
    const onEnd = c.env?.onEnd;
    if (onEnd !== undefined) {
      const { keyId, owner } = c.get("principal");
      // A signed link needs no key: its transfer counts against its owner. Without keys all share one owner.
      onEnd(slots.take(auth.mode === "off" ? null : (keyId ?? `owner ${owner}`)));
    }
    await next();
  };
}
