import { createFrameParser, type Frame } from "./parse-frames.ts";
import { readChunks } from "./read-chunks.ts";

/**
 * The frames of a body as they come; ends with the body, or when the signal aborts. Rejects with a `ConnectionError` when the
 * body breaks, or when nothing comes for `silenceMs`.
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
  signal?: AbortSignal,
): AsyncGenerator<Frame, void, void> {
  const parse = createFrameParser();
  const decoder = new TextDecoder();
  for await (const chunk of readChunks(body, { what: "The event stream", silenceMs, signal })) {
    yield* parse(decoder.decode(chunk, { stream: true }));
  }
}
