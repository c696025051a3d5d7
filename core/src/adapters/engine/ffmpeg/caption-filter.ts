import { AppError } from "../../../errors/index.ts";
import type { MediaStream } from "../../../pipeline/transcoder.ts";

/** FFmpeg's size of captions, as it draws them on a picture that is 288 high. */
const usualSize = 16;

/** White of ordinary screens, 203 cd/m², as the code of a high dynamic range (PQ): its own white would be fifty times as bright. */
const dimmedWhite = "PrimaryColour=&H00949494";

/**
 * The filter that draws a caption file into the picture (libass).
 * @param isHdr whether the picture it draws on has a high dynamic range.
 */
export function captionFilter(
  path: string,
  { width, height }: Pick<MediaStream, "width" | "height">,
  isHdr = false,
): string {
  // The size goes by the height: on an upright picture few words would fit into a line.
  const size = width !== null && height !== null && width < height ? (usualSize * width) / height : usualSize;
  const style = [`Fontsize=${Math.max(4, Math.round(size))}`, ...(isHdr ? [dimmedWhite] : [])].join(",");
  return `subtitles=filename=${escapedForGraph(path)}:force_style=${escapedForGraph(style)}`;
}

/** A value for a filter graph, which is read twice: as a graph, and as the options of a filter. */
function escapedForGraph(value: string): string {
  return value.replace(/[\\':]/g, "\\$&").replace(/[\\'[\],;]/g, "\\$&");
}

const unfound = /failed to find any fallback with glyph 0x([0-9a-f]+)/i;

/**
 * The letters for which libass found no font, by what FFmpeg wrote: each is drawn as a box. Where there are no fonts at all it draws
 * nothing, and calls it no error.
 * @throws AppError `processing_failed` when there are no fonts at all.
 */
export function undrawnLetters(lines: readonly string[]): readonly string[] {
  const missing = lines.flatMap((line) => {
    const glyph = unfound.exec(line)?.[1];
    return glyph === undefined ? [] : [Number.parseInt(glyph, 16)];
  });
  if (missing.includes(0) || lines.some((line) => /can't find selected font provider/i.test(line))) {
    throw new AppError("processing_failed", "the subtitles cannot be drawn: FFmpeg finds no fonts", {
      hint: "Install fontconfig and fonts, for example the packages fontconfig and fonts-noto-core.",
    });
  }
  return [...new Set(missing.map((code) => String.fromCodePoint(code)))];
}
