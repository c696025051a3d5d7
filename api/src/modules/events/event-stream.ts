import type { OwnerEvent } from "@vidferry/core";
import type { FrameSink, FrameSource } from "../../http/frames.ts";
import { heartbeatFrame, retryFrame } from "./frame.ts";
import type { Ticker } from "./ticker.ts";

/** How clients are told to wait before they connect again, in milliseconds. */
const retryMs = 2_000;

/** A client that takes nothing does not hold up a server that stops, in milliseconds. */
const leaveWithinMs = 2_000;

/** Options of an event stream. */
export interface EventStreamOptions {
  /** Iterated one event at a time; its end ends the stream. */
  readonly events: AsyncIterator<OwnerEvent>;
  /** The event as it is sent. */
  readonly frameOf: (event: OwnerEvent) => Uint8Array<ArrayBuffer>;
  /** Aborted when the client is gone or the stream is over, so that `events` lets go of what it holds. */
  readonly stop: AbortController;
  /** The server is about to stop: the client is sent away with a hint when to come back. */
  readonly closing?: AbortSignal;
  /** The client may not listen any more: the stream ends, and what the client asks next is refused. */
  readonly keyEnded?: AbortSignal;
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

/**
 * The frames of a `text/event-stream` over an iterator. An event is taken only when the client has room for it, so a slow client
 * costs one event of memory here, and what to leave out for it is decided where the events come from.
 */
export function createEventStream(options: EventStreamOptions): FrameSource {
  const { events, stop, closing, keyEnded } = options;
  let sink: FrameSink | undefined;
  /** The next event was asked for and has not come. */
  let reading = false;
  /** The client has no room. */
  let blocked = false;
  let ended = false;
  /** When the last frame was sent; while the client has no room, also since when. */
  let fedAt = performance.now();
  let leaveTicker: (() => void) | undefined;

  function send(frame: Uint8Array<ArrayBuffer>): void {
    fedAt = performance.now();
    blocked = sink?.write(frame) === false;
  }

  function takeNext(): void {
    if (ended || reading || blocked) return;
    reading = true;
    events.next().then(onNext).catch(onFailed);
  }

  function onNext(next: IteratorResult<OwnerEvent, unknown>): void {
    reading = false;
    if (ended) return;
    if (next.done) {
      finish();
      return;
    }
    // No room any more when a heartbeat was sent meanwhile: the sink holds the one event that is then left over.
    send(options.frameOf(next.value));
    takeNext();
  }

  function onFailed(error: unknown): void {
    if (ended) return;
    options.onError(error);
    finish();
  }

  /** Sends the client away, when it has room for that. */
  function sendAway(): void {
    if (ended || blocked || sink === undefined) return;
    // Random delay of up to two seconds, so that not all clients reconnect at once.
    send(retryFrame(500 + Math.floor(Math.random() * 2_000)));
    finish();
  }

  function onTick(now: number): void {
    const silentMs = now - fedAt;
    if (!blocked) {
      if (silentMs >= options.heartbeatMs) send(heartbeatFrame);
      return;
    }
    if (silentMs < (closing?.aborted ? Math.min(options.stalledMs, leaveWithinMs) : options.stalledMs)) return;
    letGo();
    sink?.cut();
  }

  /** Also when the client takes nothing: what is held for it must not reach it. */
  function breakOff(): void {
    if (blocked) {
      letGo();
      sink?.cut();
    } else {
      finish();
    }
  }

  function finish(): void {
    if (ended) return;
    letGo();
    sink?.end();
  }

  function letGo(): void {
    if (ended) return;
    ended = true;
    leaveTicker?.();
    closing?.removeEventListener("abort", sendAway);
    keyEnded?.removeEventListener("abort", breakOff);
    stop.signal.removeEventListener("abort", finish);
    stop.abort();
    // A generator that is waiting for its next event can return only after the abort above has woken it.
    void events.return?.()?.catch(() => undefined);
    options.onEnd();
  }

  stop.signal.addEventListener("abort", finish);
  return {
    open: (opened) => {
      sink = opened;
      send(retryFrame(retryMs));
      if (stop.signal.aborted) {
        letGo();
        sink.end();
        return;
      }
      closing?.addEventListener("abort", sendAway);
      keyEnded?.addEventListener("abort", breakOff);
      leaveTicker = options.ticker.add(onTick);
      if (keyEnded?.aborted) breakOff();
      else if (closing?.aborted) sendAway();
      else takeNext();
    },
    ready: () => {
      blocked = false;
      if (closing?.aborted) sendAway();
      else takeNext();
    },
    closed: letGo,
  };
}
