import { createParser, type EventSourceMessage } from "eventsource-parser";
import { ConnectionError } from "./errors.ts";

/** What a `text/event-stream` brings: an event, a new reconnection delay, or a heartbeat. */
export type Frame =
  | { readonly kind: "event"; readonly event: EventSourceMessage }
  | { readonly kind: "retry"; readonly ms: number }
  | { readonly kind: "comment" };

/** A frame larger than this ends the stream: nothing that the API sends comes near it. */
const largestFrame = 8 * 1024 * 1024;

/**
 * The frames of a body as they come; ends with the body. Rejects with a {@link ConnectionError} when the body breaks, or when
 * nothing comes for `silenceMs`; ends when the signal aborts. However it ends, the body is cancelled, which frees the connection.
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
  signal?: AbortSignal,
): AsyncGenerator<Frame, void, void> {
  const frames: Frame[] = [];
  const parser = createParser({
    onEvent: (event) => void frames.push({ kind: "event", event }),
    onRetry: (ms) => void frames.push({ kind: "retry", ms }),
    onComment: () => void frames.push({ kind: "comment" }),
    maxBufferSize: largestFrame,
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  const letGo = (): Promise<void> => reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", letGo, { once: true });
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, silenceMs);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* frames.splice(0);
    }
  } finally {
    signal?.removeEventListener("abort", letGo);
    await letGo();
  }
}

async function readWithin(reader: ReadableStreamDefaultReader<Uint8Array>, silenceMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ConnectionError(`The event stream was silent for ${silenceMs} ms.`, "broken")),
      silenceMs,
    );
  });
  try {
    return await Promise.race([reader.read().catch(brokeOff), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** The platform's errors differ: `TypeError`, with or without a code. */
function brokeOff(cause: unknown): never {
  throw new ConnectionError("The event stream broke off.", "broken", { cause });
}
