import type { OwnerEvent } from "@vidferry/core";
import type { RuntimeBindings } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { framesBody } from "../../http/frames.ts";
import { unbuffered } from "../../http/unbuffered.ts";
import { EventStream } from "./event-stream.ts";
import { eventFrame } from "./frame.ts";
import { createTicker } from "./ticker.ts";

/** Of the answer to a request for events. */
export const streamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  ...unbuffered,
};

/** A request for a stream, without what an open stream must not keep: the request, and what was looked up for it. */
export interface StreamRequest {
  readonly runtime: RuntimeBindings;
  /** Aborts when the key that opens the stream ends. */
  readonly keyEnded: AbortSignal | undefined;
  /** Aborts when the client goes away, where the runtime does not tell. */
  readonly client: AbortSignal | undefined;
  readonly requestId: string;
  /** The last event that the client has had of a stream that is over: without another one there is nothing to send. */
  readonly endedAfter?: string | null;
  /** Begins to follow. */
  readonly follow: (signal: AbortSignal) => AsyncIterable<OwnerEvent>;
}

/** Answers requests for event streams. */
export type OpenStream = (request: StreamRequest) => Promise<Response>;

/** What all event streams of a process share: their timer, and the frame of the event that is being sent. */
export function createStreams({ config, links, logger, telemetry }: RouteDeps): OpenStream {
  const ticker = createTicker(Math.max(10, Math.min(1_000, config.heartbeatMs / 8)));
  // An event goes to all its streams before the next one does, so the last frame is enough to make each frame once.
  let last: { readonly event: OwnerEvent; readonly frame: Uint8Array<ArrayBuffer> } | undefined;
  const frameOf = (event: OwnerEvent): Uint8Array<ArrayBuffer> => {
    if (last?.event !== event) last = { event, frame: eventFrame(links.event(event)) };
    return last.frame;
  };

  return async ({ runtime, keyEnded, client, requestId, endedAfter = null, follow }) => {
    const { closing } = runtime;
    const stop = new AbortController();
    const onGone = (): void => stop.abort();
    runtime.onEnd?.(onGone);
    client?.addEventListener("abort", onGone, { once: true });
    if (client?.aborted) stop.abort();
    let events = follow(stop.signal)[Symbol.asyncIterator]();

    if (endedAfter !== null) {
      const first = await events.next();
      // An event that the client has had already means the same as none: there is nothing after it.
      if (first.done || first.value.id === endedAfter) {
        client?.removeEventListener("abort", onGone);
        stop.abort();
        await events.return?.();
        return new Response(null, { status: 204 });
      }
      events = startingWith(first, events);
    }

    const ended = Promise.withResolvers<void>();
    void telemetry.during("stream", { transport: "sse", requestId }, () => ended.promise);
    const frames = new EventStream({
      frameOf,
      events,
      stop,
      ticker,
      heartbeatMs: config.heartbeatMs,
      stalledMs: config.stalledMs,
      ...(closing === undefined ? {} : { closing }),
      ...(keyEnded === undefined ? {} : { keyEnded }),
      onError: (error) => logger.warn("event stream failed", { requestId, error }),
      onEnd: () => {
        client?.removeEventListener("abort", onGone);
        ended.resolve();
      },
    });
    runtime.stream?.(frames);
    return new Response(runtime.stream === undefined ? framesBody(frames) : null, { headers: streamHeaders });
  };
}

/** The iterator with a result that was already taken from it put in front. */
function startingWith<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncIterator<T> {
  let held: IteratorResult<T> | undefined = first;
  return {
    next: async () => {
      const result = held ?? (await rest.next());
      held = undefined;
      return result;
    },
    return: async () => (await rest.return?.()) ?? { done: true, value: undefined },
  };
}
