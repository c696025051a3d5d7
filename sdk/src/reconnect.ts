import { ConnectionError, isPassingError } from "./errors.ts";
import type { EventMessage } from "./parse-frames.ts";
import { readFrames } from "./read-frames.ts";
import { retryDelay } from "./retry-policy.ts";
import { sleep } from "./sleep.ts";

/** How to follow events. */
export interface FollowOptions {
  /** Go on after this event. Default: begin with what is now. */
  readonly lastEventId?: string | undefined;
  /** Ends the iteration, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How many connections in a row may fail, or end without data, before the iteration rejects with the last error. Default: 10,
   * about a minute. Each event and each heartbeat resets the count.
   */
  readonly maxReconnects?: number | undefined;
  /** A connection without data for this long is considered dead, in milliseconds. Default: 45,000: three heartbeats. */
  readonly silenceMs?: number | undefined;
  /**
   * Gives a ticket for each connection, for pages that hold no key: what made it (a backend that has one) called
   * {@link Tickets.create}.
   */
  readonly ticket?: (() => string | Promise<string>) | undefined;
}

/** Opens an event stream after an event. Resolves with null when there is nothing after it, and never will be. */
export type OpenEvents = (lastEventId: string | undefined) => Promise<ReadableStream<Uint8Array> | null>;

/** An event, and whether it is the first of its connection. */
export interface Received {
  readonly message: EventMessage;
  readonly isFirst: boolean;
}

/** What clients wait before they connect again, unless the server says otherwise, in milliseconds. */
const defaultRetryMs = 1_000;

/**
 * The events of a stream, each once, over as many connections as it takes. A connection that breaks, goes silent, or ends is
 * replaced by one that goes on after the last event. An answer that will not change (a 4xx) is thrown.
 */
export async function* reconnect(open: OpenEvents, options: FollowOptions): AsyncGenerator<Received, void, void> {
  const { signal, maxReconnects = 10, silenceMs = 45_000 } = options;
  let { lastEventId } = options;
  let retryMs = defaultRetryMs;
  let failures = 0;
  for (;;) {
    let failure: unknown = new ConnectionError("The event stream ended before the job did.", "broken");
    try {
      signal?.throwIfAborted();
      const body = await open(lastEventId);
      if (body === null) return;
      let isFirst = true;
      for await (const frame of readFrames(body, silenceMs, signal)) {
        if (frame.kind === "retry") retryMs = frame.ms;
        else failures = 0;
        if (frame.kind !== "event") continue;
        yield { message: frame.event, isFirst };
        isFirst = false;
        // The caller has consumed the event only now: after an earlier failure it must be delivered again.
        lastEventId = frame.event.id ?? lastEventId;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassingError(error)) throw error;
      failure = error;
    }
    failures++;
    if (failures > maxReconnects) throw failure;
    const backoff = failures === 1 ? 0 : (retryDelay(failures - 1, null) ?? 0);
    await sleep(Math.max(retryMs, backoff), signal);
  }
}
