/**
 * The pieces of a stream, to be walked once. Whoever leaves early cancels it; when the signal aborts it is canceled too, and
 * the walk rejects with the signal's reason. A piece is good until the next one is asked for: the source may use its buffer
 * again.
 */
export async function* streamPieces(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let finished = false;
  // Canceling is what wakes a read that waits for a silent source.
  const onAbort = (): void => void reader.cancel(signal?.reason).catch(() => undefined);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) break;
      yield value;
    }
    finished = true;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (!finished) await reader.cancel(signal?.reason).catch(() => undefined);
  }
}
