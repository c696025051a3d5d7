import { parseCaptions, type ReadCaptions } from "./caption-file.ts";
import { maxFileBytes } from "./caption-formats.ts";
import { readBounded } from "./read-bounded.ts";
import type { CaptionFile, ReadingMessage } from "./task.ts";

/** Limits for all captions of a job together: bytes of the files, cues, and characters of their texts. */
const mostBytes = 32 << 20;
const mostCues = 200_000;
const mostCharacters = 8_000_000;

/** Cues in one message: few enough that receiving it does not block the event loop. */
const cuesAtOnce = 1_000;

/** Reads caption files sequentially, and sends the cues of each, or why it is refused. */
export async function readCaptionFiles(
  files: readonly CaptionFile[],
  say: (message: ReadingMessage) => void,
): Promise<void> {
  const left = { bytes: mostBytes, cues: mostCues, characters: mostCharacters };
  for (const [file, captions] of files.entries()) {
    try {
      const { cues, guessedEncoding, clock } = await readOne(captions, left);
      if (guessedEncoding !== null) say({ say: "guessed", file, encoding: guessedEncoding });
      if (clock !== null) say({ say: "clock", file, clock });
      for (let at = 0; at < cues.length; at += cuesAtOnce)
        say({ say: "cues", file, cues: cues.slice(at, at + cuesAtOnce) });
    } catch (error) {
      say({ say: "refused", file, reason: error instanceof Error ? error.message : "it cannot be read" });
    }
  }
}

async function readOne(
  { path, ...file }: CaptionFile,
  left: { bytes: number; cues: number; characters: number },
): Promise<ReadCaptions> {
  const most = maxFileBytes(file.format);
  const bytes = await readBounded(path, Math.min(most, left.bytes));
  if (bytes === null) throw new Error(left.bytes < most ? together : `it is larger than ${most >> 20} MiB`);
  left.bytes -= bytes.length;
  const read = await parseCaptions(bytes, file);
  const { cues } = read;
  const characters = cues.reduce((sum, { text }) => sum + text.length, 0);
  if (cues.length > left.cues || characters > left.characters) throw new Error(together);
  left.cues -= cues.length;
  left.characters -= characters;
  return read;
}

const together = "all captions together are larger than a job may have";
