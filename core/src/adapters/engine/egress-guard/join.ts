import type { Socket } from "node:net";

/** When `from` breaks, `to` is destroyed at once; after a regular end of `from`, `to` may still send what is buffered. */
function tie(from: Socket, to: Socket): void {
  from.once("close", (hadError) => {
    if (hadError || !from.readableEnded) to.destroy();
  });
}

/** Passes bytes one way with back-pressure, the end included. When nothing moves on `from` for `idleMs`, it is closed. */
export function passOn(from: Socket, to: Socket, idleMs: number): void {
  tie(from, to);
  tie(to, from);
  from.setTimeout(idleMs, () => from.destroy());
  from.pipe(to);
}

/** Passes bytes both ways until both sides have ended, one has broken, or nothing has moved for `idleMs`. */
export function joinSockets(a: Socket, b: Socket, idleMs: number): void {
  passOn(a, b, idleMs);
  passOn(b, a, idleMs);
}
