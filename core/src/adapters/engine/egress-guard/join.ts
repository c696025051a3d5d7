import type { Socket } from "node:net";
import type { RateLimit } from "./rate-limit.ts";

/** When `from` breaks, `to` is destroyed at once; after a regular end of `from`, `to` may still send what is buffered. */
function tie(from: Socket, to: Socket): void {
  from.once("close", (hadError) => {
    if (hadError || !from.readableEnded) to.destroy();
  });
}

/** Passes bytes one way with back-pressure, the end included. When nothing moves on `from` for `idleMs`, it is closed. `limit` holds it back. */
export function passOn(from: Socket, to: Socket, idleMs: number, limit: RateLimit | null = null): void {
  tie(from, to);
  tie(to, from);
  from.setTimeout(idleMs, () => from.destroy());
  if (limit === null) from.pipe(to);
  else from.pipe(limit.gate()).pipe(to);
}

/** Passes bytes both ways until both sides have ended, one has broken, or nothing has moved for `idleMs`. `limit` holds back what comes from `remote`. */
export function joinSockets(client: Socket, remote: Socket, idleMs: number, limit: RateLimit | null): void {
  passOn(client, remote, idleMs);
  passOn(remote, client, idleMs, limit);
}
