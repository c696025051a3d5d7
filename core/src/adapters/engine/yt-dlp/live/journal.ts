import { readFile } from "node:fs/promises";
import { z } from "zod";

/** What the recorder has written of one stream: an uninterrupted piece for each file. */
export interface RecordedStream {
  readonly pieces: readonly RecordedPiece[];
  readonly seconds: number;
  readonly bytes: number;
  /** Why there will be no more; null: the recorder did not end by itself. */
  readonly end: "over" | "limit" | null;
}

export interface RecordedPiece {
  readonly path: string;
  /** How many of its first bytes are whole segments. */
  readonly bytes: number;
  readonly seconds: number;
  /** About how much of the stream is missing before it. */
  readonly missingSeconds: number;
}

const Line = z.union([
  z.object({ end: z.enum(["over", "limit"]) }),
  z.object({ file: z.int().nonnegative(), bytes: z.int(), seconds: z.number(), missing: z.number() }),
]);

/** Reads what was recorded under this name; nothing, where there is no journal. */
export async function readJournal(name: string): Promise<RecordedStream> {
  return readLines(name, await readFile(`${name}.journal`, "utf8").catch(() => ""));
}

/** The pieces that the text of a journal tells of; `name` is that of its files. */
export const piecesOf = (name: string, text: string): readonly RecordedPiece[] => readLines(name, text).pieces;

function readLines(name: string, text: string): RecordedStream {
  const pieces: RecordedPiece[] = [];
  let end: RecordedStream["end"] = null;
  let current = -1;
  // A process that died may have left half of the last line.
  for (const line of text.split("\n").slice(0, -1)) {
    const { data } = Line.safeParse(parse(line));
    if (data === undefined) break;
    if ("end" in data) {
      end = data.end;
      continue;
    }
    const last = data.file === current ? pieces.pop() : undefined;
    current = data.file;
    pieces.push({
      path: `${name}.${data.file}`,
      bytes: data.bytes,
      seconds: (last?.seconds ?? 0) + data.seconds,
      missingSeconds: last?.missingSeconds ?? data.missing,
    });
  }
  return {
    pieces,
    seconds: pieces.reduce((sum, { seconds }) => sum + seconds, 0),
    bytes: pieces.reduce((sum, { bytes }) => sum + bytes, 0),
    end,
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
