import { parseText } from "media-captions";
import type { Cue } from "../../subtitles/cue.ts";
import { plainText } from "../../subtitles/plain-text.ts";
import { withoutRollingLines } from "../../subtitles/rolling.ts";
import { parseJson3 } from "./json3.ts";

/** File formats we ask yt-dlp for, best first. */
export const captionFormats = ["json3", "vtt", "srt"] as const;

/** Reads a caption file of one of the formats. Throws when it is something else, or holds nothing. */
export async function parseCaptions(text: string, format: string): Promise<Cue[]> {
  const cues = format === "json3" ? parseJson3(text) : await parseTimedText(text, format);
  if (cues.length === 0) throw new Error("there is no text in it");
  return cues;
}

async function parseTimedText(text: string, format: string): Promise<Cue[]> {
  if (format !== "vtt" && format !== "srt") throw new Error(`captions of the format ${format} cannot be read`);
  const { cues } = await parseText(text, { type: format });
  const plain = cues
    .map((cue) => ({ startSeconds: cue.startTime, endSeconds: cue.endTime, text: plainText(cue.text) }))
    .filter((cue) => cue.text !== "");
  return withoutRollingLines(plain);
}
