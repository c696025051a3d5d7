import { ConnectionError, isPassingError, VidferryError } from "./errors.ts";
import { type Frame, readFrames } from "./read-frames.ts";
import { retryDelay } from "./retry-policy.ts";
import { sleep } from "./sleep.ts";
import { type DownloadEvent, isTerminal } from "./types.ts";

/** How to follow a job. */
export interface FollowOptions {
  /** Go on after this event; default: begin with the job as it is now. */
  readonly lastEventId?: string;
  /** Ends the iteration, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * How many connections in a row may fail, or end without data, before the iteration rejects with the last error. Default 10,
   * about a minute. Each event and each heartbeat resets the count.
   */
  readonly maxReconnects?: number;
  /** A connection without data for this long is considered dead, in milliseconds. Default 45,000: three heartbeats. */
  readonly silenceMs?: number;
}

/** Opens an event stream after an event. Resolves with null when the job is over and everything was received. */
export type OpenEvents = (lastEventId: string | undefined) => Promise<ReadableStream<Uint8Array> | null>;

/** What clients wait before they connect again, unless the server says otherwise, in milliseconds. */
const defaultRetryMs = 1_000;

/**
 * The events of a job up to the one that ends it, each once, over as many connections as it takes. A connection that breaks,
 * goes silent, or ends before the job is over is replaced by one that goes on after the last event. An answer that will not
 * change (a 4xx) is thrown.
 */
export async function* follow(
  open: OpenEvents,
  options: FollowOptions = {},
): AsyncGenerator<DownloadEvent, void, void> {
  const { signal, maxReconnects = 10, silenceMs = 45_000 } = options;
  let { lastEventId } = options;
  let retryMs = defaultRetryMs;
  let failures = 0;
  for (;;) {
    let failure: unknown = new ConnectionError("The event stream ended before the job did.");
    try {
      signal?.throwIfAborted();
      const body = await open(lastEventId);
      if (body === null) return;
      for await (const frame of readFrames(body, silenceMs, signal)) {
        if (frame.kind === "retry") retryMs = frame.ms;
        else failures = 0;
        if (frame.kind !== "event") continue;
        const event = toEvent(frame);
        if (event !== null) yield event;
        // The caller has consumed the event only now: after an earlier failure it must be delivered again.
        lastEventId = frame.event.id ?? lastEventId;
        if (event?.type === "job" && isTerminal(event.data.state)) return;
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

/** Null for kinds of events that this version does not know. */
function toEvent(frame: Extract<Frame, { kind: "event" }>): DownloadEvent | null {
  const { id = "", event: type, data } = frame.event;
  if (type !== "job" && type !== "progress") return null;
  try {
    return { id, type, data: JSON.parse(data) } as DownloadEvent;
  } catch (cause) {
    throw new VidferryError("The service sent an event that is not JSON.", { cause });
  }
}
