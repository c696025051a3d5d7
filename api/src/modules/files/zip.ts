import { makeZip, predictLength } from "client-zip";

/** A file that goes into a ZIP archive. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Opens the bytes when it is this file's turn. */
  readonly open: () => Promise<ReadableStream<Uint8Array>>;
}

/** A ZIP archive that is made while it is sent. */
export interface ZipArchive {
  /** Known beforehand, since media is stored as it is: compressing it again would save nothing. */
  readonly bytes: number;
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * Archives files one after the other as the reader takes them: nothing is kept, and one file is open at a time. The body errors
 * where a file cannot be read to its end, so that an archive that is cut never looks like a whole one.
 *
 * @param onBroken called with the reason: the head is sent by then, so that the answer cannot tell it
 */
export function createZip(entries: readonly ZipEntry[], onBroken: (error: unknown) => void): ZipArchive {
  const names = distinctNames(entries.map(({ name }) => name));
  const named = entries.map((entry, index) => ({ ...entry, name: names[index] ?? entry.name }));
  const sizes = named.map(({ name, bytes }) => ({ name, size: bytes }));
  let current: ReadableStreamDefaultReader<Uint8Array> | null = null;
  let hasLeft = false;

  async function* inputs() {
    for (const { name, bytes, modifiedAt, open } of named) {
      current = (await open()).getReader();
      if (hasLeft) return await current.cancel();
      yield { name, size: bytes, lastModified: modifiedAt, input: exactly(bytes, current) };
    }
  }

  const archive = makeZip(inputs(), { buffersAreUTF8: true }).getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await archive.read().catch((error: unknown) => {
          onBroken(error);
          throw error;
        });
        if (done) controller.close();
        else controller.enqueue(value);
      },
      // The archiver does not release the file that it reads when its own reader leaves.
      cancel: async () => {
        hasLeft = true;
        await current?.cancel();
      },
    },
    { highWaterMark: 0 },
  );
  return { bytes: Number(predictLength(sizes)), body };
}

/** The length of the archive was announced, so a file that is shorter or longer than recorded must not be taken for whole. */
async function* exactly(
  expected: number,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let read = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      read += value.byteLength;
      if (read > expected) break;
      yield value as Uint8Array<ArrayBuffer>;
    }
  } finally {
    // Nothing more of it is wanted; its own failure is what has been thrown.
    await reader.cancel().catch(() => undefined);
  }
  if (read !== expected) throw new Error(`A stored file has ${read} bytes or more where ${expected} were recorded.`);
}

/** Programs that unpack overwrite a file by the next one of the same name, whatever the case of its letters. */
function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  /** By name, how many have it: thousands of one name must not be counted again for each of them. */
  const numbers = new Map<string, number>();
  return names.map((name) => {
    const dot = name.lastIndexOf(".");
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    const same = name.toLowerCase();
    let candidate = name;
    let number = numbers.get(same) ?? 1;
    while (taken.has(candidate.toLowerCase())) {
      number += 1;
      candidate = `${stem} (${number})${extension}`;
    }
    numbers.set(same, number);
    taken.add(candidate.toLowerCase());
    return candidate;
  });
}
