import type { ArtifactKind } from "../library/artifact.ts";
import type { MediaFile } from "./transcoder.ts";

/** A finished file in the work folder that will become an artifact. */
export interface ResultFile {
  readonly kind: ArtifactKind;
  /** Absolute path. */
  readonly path: string;
  /** As `resultName` gives it: without an extension, perhaps with folders. */
  readonly name: string;
  /** Without the dot; for subtitles with the language, for example `en.srt`. */
  readonly extension: string;
  readonly language: string | null;
  readonly automatic: boolean | null;
  /** What a look at it says; null for what is not media. */
  readonly media: MediaFile | null;
}

const contentTypes: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  mkv: "video/x-matroska",
  webm: "video/webm",
  m4a: "audio/mp4",
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  ogg: "audio/ogg",
  flac: "audio/flac",
  wav: "audio/wav",
  weba: "audio/webm",
  mka: "audio/x-matroska",
  srt: "application/x-subrip",
  vtt: "text/vtt; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  jpg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  nfo: "application/xml",
  json: "application/json",
};

/** The type of a result, by its extension. */
export function contentTypeOf(extension: string): string {
  return contentTypes[extension.split(".").at(-1) ?? ""] ?? "application/octet-stream";
}
