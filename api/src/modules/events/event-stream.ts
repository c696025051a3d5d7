import type { LoggedEvent } from "@vidferry/core";
import { eventFrame, heartbeatFrame, retryFrame } from "./frame.ts";
import type { Ticker } from "./ticker.ts";

/** How clients are told to wait before they connect again, in milliseconds. */
const retryMs = 2_000;

/** A client that takes nothing does not hold up a server that stops, in milliseconds. */
const leaveWithinMs = 2_000;

/** Options of an event stream. */
export interface EventStreamOptions {
  /** Iterated one event a pull; its end ends the stream. */
  readonly events: AsyncIterator<LoggedEvent>;
  /** The event as it is sent. */
  readonly present: (event: LoggedEvent) => LoggedEvent;
  /** Aborted when the client is gone or the stream is over, so that `events` lets go of what it holds. */
  readonly stop: AbortController;
  /** The server is about to stop: the client is sent away with a hint when to come back. */
  readonly closing?: AbortSignal;
  /** Drives heartbeats and the stall check; its interval is the resolution of the two limits below. */
  readonly ticker: Ticker;
  readonly heartbeatMs: number;
  /** A client that takes nothing for this long is cut off. */
  readonly stalledMs: number;
  /** `events` failed: the stream ends, and the client resumes by itself. */
  readonly onError: (error: unknown) => void;
  /** Called once, however the stream ends. */
  readonly onEnd: () => void;
}

type Arrival = { readonly result: IteratorResult<LoggedEvent, unknown> } | { readonly error: unknown };

/**
 * A `text/event-stream` over an iterator. It is driven by the reader: an event is taken only when the client has room for it,
 * so a slow client costs one event of memory here, and what to leave out for it is decided where the events come from.
 */
export function createEventStream(options: EventStreamOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { events, stop, closing } = options;
  let arrival: Arrival | undefined;
  let reading = false;
  let ended = false;
  let wake: (() => void) | undefined;
  /** When the stream last got something to send; while it waits to be read, also since when it does. */
  let fedAt = performance.now();
  let leaveTicker: (() => void) | undefined;
  const onClosing = (): void => wake?.();

  function read(): void {
    reading = true;
    const settle = (value: Arrival): void => {
      arrival = value;
      reading = false;
      wake?.();
    };
    events.next().then(
      (result) => settle({ result }),
      (error: unknown) => settle({ error }),
    );
  }

  function end(): void {
    if (ended) return;
    ended = true;
    leaveTicker?.();
    closing?.removeEventListener("abort", onClosing);
    stop.signal.removeEventListener("abort", end);
    stop.abort();
    wake?.();
    // A generator that is waiting for its next event can return only after the abort above has woken it.
    void events.return?.()?.catch(() => undefined);
    options.onEnd();
  }

  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        controller.enqueue(retryFrame(retryMs));
        closing?.addEventListener("abort", onClosing);
        stop.signal.addEventListener("abort", end);
        if (stop.signal.aborted) {
          end();
          return;
        }
        leaveTicker = options.ticker.add((now) => {
          const waitsForEvent = wake !== undefined;
          if (waitsForEvent && now - fedAt >= options.heartbeatMs) wake?.();
          const stalledMs = closing?.aborted ? Math.min(options.stalledMs, leaveWithinMs) : options.stalledMs;
          if (!waitsForEvent && now - fedAt >= stalledMs) {
            end();
            controller.error(new Error("The client stopped reading."));
          }
        });
      },
      async pull(controller) {
        if (!ended && !reading && arrival === undefined) read();
        if (arrival === undefined && !closing?.aborted && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = undefined;
        }
        if (ended) {
          controller.close();
          return;
        }
        const arrived = arrival;
        arrival = undefined;
        fedAt = performance.now();
        if (arrived !== undefined && "result" in arrived && !arrived.result.done) {
          controller.enqueue(eventFrame(options.present(arrived.result.value)));
        } else if (arrived !== undefined || closing?.aborted) {
          if (arrived !== undefined && "error" in arrived) options.onError(arrived.error);
          // Random delay of up to two seconds, so that not all clients reconnect at once.
          if (closing?.aborted) controller.enqueue(retryFrame(500 + Math.floor(Math.random() * 2_000)));
          end();
          controller.close();
        } else {
          controller.enqueue(heartbeatFrame);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
