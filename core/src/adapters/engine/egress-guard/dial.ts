import { connect, type Socket } from "node:net";
import { badGateway, gatewayTimeout } from "./egress-error.ts";

/** How long one address may take before the next one is tried beside it, as in RFC 8305. */
const staggerMs = 300;

/**
 * Connects to the first of the addresses that answers.
 * @throws EgressError 502 when none does, 504 when the time is up; the signal's reason when it aborts.
 */
export function dial(
  addresses: readonly string[],
  port: number,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = [...addresses];
    const trying = new Set<Socket>();
    let settled = false;
    let lastError: unknown;
    let stagger: ReturnType<typeof setTimeout> | undefined;

    const settle = (winner: Socket | null, error?: unknown) => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      clearTimeout(stagger);
      options.signal.removeEventListener("abort", onAbort);
      for (const socket of trying) if (socket !== winner) socket.destroy();
      if (winner) resolve(winner);
      else reject(error);
    };
    const next = () => {
      clearTimeout(stagger);
      const host = waiting.shift();
      if (host === undefined) {
        if (trying.size === 0) settle(null, badGateway("Could not connect to the host", lastError));
        return;
      }
      const socket = connect({ host, port, allowHalfOpen: true });
      trying.add(socket);
      socket.once("connect", () => settle(socket));
      // Never removed: a late error without a listener would crash the process.
      socket.on("error", (error) => {
        lastError = error;
        trying.delete(socket);
        if (!settled) next();
      });
      if (waiting.length > 0) stagger = setTimeout(next, staggerMs);
    };
    const onAbort = () => settle(null, options.signal.reason);
    const deadline = setTimeout(
      () => settle(null, gatewayTimeout("Connecting to the host timed out")),
      options.timeoutMs,
    );

    if (options.signal.aborted) return onAbort();
    options.signal.addEventListener("abort", onAbort, { once: true });
    next();
  });
}
