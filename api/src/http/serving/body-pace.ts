import { UnreadableRequest } from "../unreadable.ts";

/** How fast the body of a request must come. */
export interface BodyPace {
  /** Bytes in each of these times, or the request is refused. */
  readonly bytes: number;
  readonly everyMs: number;
}

/** A slow phone sends a hundred times as much; who sends byte after byte to hold a connection does not. */
export const ordinaryPace: BodyPace = { bytes: 2_500, everyMs: 5_000 };

/** Calls back with the refusal when a body comes too slowly. */
export function watchPace(
  { bytes, everyMs }: BodyPace,
  onSlow: (error: UnreadableRequest) => void,
): { came(count: number): void; stop(): void } {
  let came = 0;
  const timer = setInterval(() => {
    if (came < bytes) {
      clearInterval(timer);
      const detail = `The body comes too slowly: fewer than ${bytes} bytes in ${everyMs / 1000} seconds.`;
      onSlow(new UnreadableRequest(408, detail, "Send the body at once."));
    }
    came = 0;
  }, everyMs);
  return {
    came: (count) => {
      came += count;
    },
    stop: () => clearInterval(timer),
  };
}
