import { AppError } from "@vidferry/core";

/** How many streams may be open at once: event streams, WebSockets and transfers of files. */
export interface StreamLimits {
  readonly total: number;
  /** Of one key. */
  readonly perHolder: number;
}

/** Limits concurrent streams. */
export interface StreamSlots {
  /**
   * Takes a slot and returns the function that releases it (idempotent). `holder` is whose quota it counts against; null:
   * nobody's. Throws `rate_limit_exceeded` when the holder's quota is used up, `unavailable` when no slot is left.
   */
  take(holder: string | null): () => void;
}

// Streams end when jobs do: sooner is rarely of use, later would keep a page waiting.
const retryAfterMs = 5_000;

/** Each stream holds a descriptor: without a bound, a few hundred of them silence a process, its health checks included. */
export function createStreamSlots({ total, perHolder }: StreamLimits): StreamSlots {
  const held = new Map<string, number>();
  let all = 0;
  const refuse = (code: "rate_limit_exceeded" | "unavailable", detail: string): AppError =>
    new AppError(code, detail, {
      hint: "Close streams that are not read any more, or try again in a few seconds.",
      retryAt: new Date(Date.now() + retryAfterMs),
    });

  return {
    take: (holder) => {
      const own = holder === null ? 0 : (held.get(holder) ?? 0);
      if (own >= perHolder)
        throw refuse("rate_limit_exceeded", `This key has ${own} streams and transfers open, as many as it may.`);
      if (all >= total) throw refuse("unavailable", "As many streams and transfers are open as the service can hold.");
      all += 1;
      if (holder !== null) held.set(holder, own + 1);
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        all -= 1;
        if (holder === null) return;
        const left = (held.get(holder) ?? 1) - 1;
        if (left === 0) held.delete(holder);
        else held.set(holder, left);
      };
    },
  };
}
