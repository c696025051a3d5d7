import type { OwnerEvent } from "@vidferry/core";
import type { FrameSink, FrameSource } from "../../http/frames.ts";
import { heartbeatFrame, retryFrame } from "./frame.ts";
import type { Ticker, TickerMember } from "./ticker.ts";

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
 *
 * A class: a process has thousands, and each would have a dozen closures of its own.
 */
export class EventStream implements FrameSource, TickerMember {
  readonly #options: EventStreamOptions;
  #sink: FrameSink | undefined;
  /** The next event was asked for and has not come. */
  #isReading = false;
  /** The client has no room. */
  #isBlocked = false;
  #hasEnded = false;
  /** When the last frame was sent; while the client has no room, also since when. */
  #fedAt = performance.now();

  constructor(options: EventStreamOptions) {
    this.#options = options;
    options.stop.signal.addEventListener("abort", this);
  }

  open(sink: FrameSink): void {
    const { stop, closing, keyEnded, ticker } = this.#options;
    this.#sink = sink;
    this.#send(retryFrame(retryMs));
    if (stop.signal.aborted) {
      this.#letGo();
      sink.end();
      return;
    }
    closing?.addEventListener("abort", this);
    keyEnded?.addEventListener("abort", this);
    ticker.add(this);
    if (keyEnded?.aborted) this.#breakOff();
    else if (closing?.aborted) this.#sendAway();
    else this.#takeNext();
  }

  ready(): void {
    this.#isBlocked = false;
    if (this.#options.closing?.aborted) this.#sendAway();
    else this.#takeNext();
  }

  closed(): void {
    this.#letGo();
  }

  /** One of the signals has aborted. */
  handleEvent({ target }: Event): void {
    const { closing, keyEnded } = this.#options;
    if (target === keyEnded) this.#breakOff();
    else if (target === closing) this.#sendAway();
    else this.#finish();
  }

  tick(now: number): void {
    const { closing, heartbeatMs, stalledMs } = this.#options;
    const silentMs = now - this.#fedAt;
    if (!this.#isBlocked) {
      if (silentMs >= heartbeatMs) this.#send(heartbeatFrame);
      return;
    }
    if (silentMs < (closing?.aborted ? Math.min(stalledMs, leaveWithinMs) : stalledMs)) return;
    this.#letGo();
    this.#sink?.cut();
  }

  #send(frame: Uint8Array<ArrayBuffer>): void {
    this.#fedAt = performance.now();
    this.#isBlocked = this.#sink?.write(frame) === false;
  }

  #takeNext(): void {
    if (!this.#hasEnded && !this.#isReading && !this.#isBlocked) void this.#pass();
  }

  /** Passes events on as long as the client has room. Never rejects. */
  async #pass(): Promise<void> {
    const { events, frameOf, onError } = this.#options;
    this.#isReading = true;
    try {
      for (let isFirst = true; isFirst || (!this.#isBlocked && !this.#hasEnded); isFirst = false) {
        const next = await events.next();
        if (this.#hasEnded) return;
        if (next.done) {
          this.#finish();
          return;
        }
        // No room any more when a heartbeat was sent meanwhile: the sink holds the one event that is then left over.
        this.#send(frameOf(next.value));
      }
    } catch (error) {
      if (this.#hasEnded) return;
      onError(error);
      this.#finish();
    } finally {
      this.#isReading = false;
    }
  }

  /** Sends the client away, when it has room for that. */
  #sendAway(): void {
    if (this.#hasEnded || this.#isBlocked || this.#sink === undefined) return;
    // Random delay of up to two seconds, so that not all clients reconnect at once.
    this.#send(retryFrame(500 + Math.floor(Math.random() * 2_000)));
    this.#finish();
  }

  /** Also when the client takes nothing: what is held for it must not reach it. */
  #breakOff(): void {
    if (!this.#isBlocked) {
      this.#finish();
      return;
    }
    this.#letGo();
    this.#sink?.cut();
  }

  #finish(): void {
    if (this.#hasEnded) return;
    this.#letGo();
    this.#sink?.end();
  }

  #letGo(): void {
    if (this.#hasEnded) return;
    const { events, stop, closing, keyEnded, ticker, onEnd } = this.#options;
    this.#hasEnded = true;
    ticker.remove(this);
    closing?.removeEventListener("abort", this);
    keyEnded?.removeEventListener("abort", this);
    stop.signal.removeEventListener("abort", this);
    stop.abort();
    // A generator that is waiting for its next event can return only after the abort above has woken it.
    void events.return?.()?.catch(() => undefined);
    onEnd();
  }
}
