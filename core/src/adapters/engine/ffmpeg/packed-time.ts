import { open } from "node:fs/promises";
import { packedAudioTime } from "../media-index/index.ts";

/** In so much of a file its first tag stands, unless that holds a picture. */
const headBytes = 4_096;

/**
 * When sound in no container begins on the clock of a transport stream, as HLS has it said by a tag ahead of the sound; FFmpeg reads none of
 * that in a file. Null: it does not say so, or is another file. `format` is ffprobe's name.
 */
export async function packedTime(path: string, format: string): Promise<number | null> {
  if (!/^(aac|mp3|ac3|eac3)$/.test(format)) return null;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return packedAudioTime(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
