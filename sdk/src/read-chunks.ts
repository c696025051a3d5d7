import { ConnectionError } from "./errors.ts";

/** How to read a body. */
export interface ReadOptions {
  /** What the body is, for errors: `The event stream`. */
  readonly what: string;
  /** Longest time without data, in milliseconds. */
  readonly silenceMs: number;
  /** Ends the reading when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A body, piece by piece. Rejects with a {@link ConnectionError} when it breaks, or when nothing comes for `silenceMs`; ends when
 * the signal aborts. However it ends, the body is cancelled, which frees the connection.
 */
export async function* readChunks(
  body: ReadableStream<Uint8Array>,
  { what, silenceMs, signal }: ReadOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const reader = body.getReader();
  const letGo = (): Promise<void> => reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", letGo, { once: true });
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, what, silenceMs);
      if (done) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener("abort", letGo);
    await letGo();
  }
}

async function readWithin(reader: ReadableStreamDefaultReader<Uint8Array>, what: string, silenceMs: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ConnectionError(`${what} was silent for ${silenceMs} ms.`, "broken")),
      silenceMs,
    );
  });
  // The platform's errors differ: `TypeError`, with or without a code.
  const brokeOff = (cause: unknown): never => {
    throw new ConnectionError(`${what} broke off.`, "broken", { cause });
  };
  try {
    return await Promise.race([reader.read().catch(brokeOff), silence]);
  } finally {
    clearTimeout(timer);
  }
}
