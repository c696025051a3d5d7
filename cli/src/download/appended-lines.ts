import { open, stat } from "node:fs/promises";

/** The lines of a file that is only ever appended to, also by other processes. */
export interface AppendedLines {
  /** Those that were not taken yet. `isAnother`: it is another file than before, so what was taken of it no longer holds. */
  take(): Promise<{ readonly lines: readonly string[]; readonly isAnother: boolean }>;
}

/** Reads each byte of the file once, however often it is asked: an archive of years has many lines. */
export function appendedLines(path: string): AppendedLines {
  let known: { readonly inode: bigint; readonly offset: number } | null = null;
  return {
    take: async () => {
      const stats = await stat(path, { bigint: true }).catch((error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      });
      if (stats === null) {
        const isAnother = known !== null;
        known = null;
        return { lines: [], isAnother };
      }
      const size = Number(stats.size);
      const isAnother = known !== null && (known.inode !== stats.ino || size < known.offset);
      const offset = known === null || isAnother ? 0 : known.offset;
      const text = size === offset ? Buffer.alloc(0) : await readFrom(path, offset, size - offset);
      // What follows the last line break is still being written, or was torn by a crash.
      const end = text.lastIndexOf("\n") + 1;
      known = { inode: stats.ino, offset: offset + end };
      return { lines: text.toString("utf8", 0, end).split("\n"), isAnother };
    },
  };
}

async function readFrom(path: string, offset: number, length: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
