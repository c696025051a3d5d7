import { Buffer } from "node:buffer";
import type { Chapter } from "../../../jobs/media.ts";

/** Longest value of one tag, in characters; longer ones are truncated. */
const maxValueLength = 16_384;

// Tag formats allow no NUL, and some players treat a lone CR as the end of a line.
const clean = (text: string) => text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").replaceAll("\0", "");
const escaped = (text: string) => text.replace(/[=;#\\\n]/g, "\\$&");
const line = (key: string, value: string) => `${escaped(key)}=${escaped(clean(value))}\n`;

/**
 * The text of an FFMETADATA file: tags and chapters as FFmpeg reads them, whatever characters they hold. Tag names that are not
 * plain identifiers are left out.
 * @param chapterTags whether the chapters are written as tags, in the form of Vorbis comments.
 * @param picture a value for `METADATA_BLOCK_PICTURE`, the field in which Ogg carries a cover.
 */
export function formatMetadata(
  tags: Readonly<Record<string, string>>,
  chapters: readonly Chapter[],
  picture: string | null = null,
  chapterTags = false,
): string {
  let text = ";FFMETADATA1\n";
  for (const [key, value] of Object.entries(tags)) {
    if (/^[A-Za-z][\w-]{0,63}$/.test(key)) text += line(key, value.slice(0, maxValueLength));
  }
  if (picture !== null) text += line("METADATA_BLOCK_PICTURE", picture);
  if (chapterTags) return text + chapters.map(chapterTag).join("");
  for (const chapter of chapters) {
    const [start, end] = [Math.round(chapter.startSeconds * 1000), Math.round(chapter.endSeconds * 1000)];
    text += `[CHAPTER]\nTIMEBASE=1/1000\nSTART=${start}\nEND=${end}\n${line("title", chapter.title.slice(0, 1024))}`;
  }
  return text;
}

/** A chapter as Vorbis comments: a time to the millisecond, and a name. */
function chapterTag({ startSeconds, title }: Chapter, index: number): string {
  const key = `CHAPTER${String(index + 1).padStart(3, "0")}`;
  const milliseconds = Math.round(startSeconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const [hours, minutes] = [two(milliseconds / 3_600_000), two((milliseconds / 60_000) % 60)];
  const seconds = `${two((milliseconds / 1000) % 60)}.${String(milliseconds % 1000).padStart(3, "0")}`;
  return line(key, `${hours}:${minutes}:${seconds}`) + line(`${key}NAME`, title.slice(0, 1024));
}

/** A picture as the FLAC picture block that Ogg tags carry, in base64. Type 3 is the front cover. */
export function pictureBlock(picture: Uint8Array, mimeType: string): string {
  const mime = new TextEncoder().encode(mimeType);
  const block = new DataView(new ArrayBuffer(32 + mime.length + picture.length));
  const bytes = new Uint8Array(block.buffer);
  block.setUint32(0, 3);
  block.setUint32(4, mime.length);
  bytes.set(mime, 8);
  // Description, width, height, depth and palette stay 0: unknown; players read them from the picture itself.
  block.setUint32(28 + mime.length, picture.length);
  bytes.set(picture, 32 + mime.length);
  return Buffer.from(bytes).toString("base64");
}
