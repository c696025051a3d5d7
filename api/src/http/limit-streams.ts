import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../app-env.ts";
import type { Auth, Principal } from "../auth/auth.ts";
import type { AccountService } from "../service.ts";
import type { StreamSlots } from "./stream-slots.ts";

/**
 * Takes a stream slot for a request, of this process and of its owner's account, and releases it when the response has ended;
 * until then it watches the key. The request is authorized by then.
 */
export function streamSlotTaker(
  auth: Pick<Auth, "mode" | "watch">,
  slots: StreamSlots,
  accounts: Pick<AccountService, "takeSlot">,
): (c: Context<AppEnv>) => Promise<void> {
  return async (c) => {
    // Without our server (the app called as a function) nothing reports the end of a response, and no descriptor is held.
    const onEnd = c.env?.onEnd;
    if (onEnd === undefined) return;
    const principal = c.get("principal");
    const { keyId, owner } = principal;
    // A signed link needs no key: its transfer counts against its owner. Without keys all share one owner.
    onEnd(slots.take(auth.mode === "off" ? null : (keyId ?? `owner ${owner}`)));
    onEnd(await accounts.takeSlot(owner, "streams"));
    if (keyId !== null) c.set("keyEnded", watchKey(auth, principal, onEnd));
  };
}

/**
 * Watches the key until the end of the response. Apart from the function above: a closure made in an async function keeps all
 * of that function's parameters, here the context with request and response, for as long as a stream is open.
 */
function watchKey(auth: Pick<Auth, "watch">, principal: Principal, onEnd: (listener: () => void) => void): AbortSignal {
  const ended = new AbortController();
  onEnd(auth.watch(principal, () => ended.abort()));
  return ended.signal;
}

/** The same for all requests of a route. Goes after `authorize`. */
export function limitStreams(takeSlot: (c: Context<AppEnv>) => Promise<void>): MiddlewareHandler<AppEnv> {
  return async function limitStreams(c, next) {
    await takeSlot(c);
    await next();
  };
}

/** Breaks the answer off when the key that opened it ends, or has ended while the answer was made. */
export function endWithKey(c: Context<AppEnv>): void {
  const keyEnded = c.get("keyEnded");
  const cut = (): void => c.env?.cut?.();
  if (keyEnded?.aborted) cut();
  else keyEnded?.addEventListener("abort", cut);
}
