import type { Media } from "../jobs/media.ts";
import type { MediaDetails } from "./downloader.ts";
import type { Cut } from "./timeline/cut.ts";
import { totalSeconds } from "./timeline/time-ranges.ts";

/** What is known of a video in the XML that Kodi, Jellyfin and Emby read beside it: a `movie`, as none of them knows videos. */
export function nfoOf(media: Media, cut: Cut, details?: MediaDetails): string {
  const seconds = cut.kept === null ? (cut.durationSeconds ?? media.durationSeconds) : totalSeconds(cut.kept);
  const fields: readonly (readonly [tag: string, text: string | null])[] = [
    ["title", cut.part?.title ?? media.title],
    ["originaltitle", cut.part?.title == null ? null : media.title],
    ["studio", media.channel],
    ["premiered", media.uploadedAt?.slice(0, 10) ?? null],
    ["year", media.uploadedAt?.slice(0, 4) ?? null],
    // In minutes, where none means unknown.
    ["runtime", seconds === null || !Number.isFinite(seconds) ? null : String(Math.max(1, Math.round(seconds / 60)))],
    ["plot", [details?.description, media.webpageUrl].filter(Boolean).join("\n\n")],
    ...(details?.categories ?? []).map((category) => ["genre", category] as const),
    ...(details?.tags ?? []).map((tag) => ["tag", tag] as const),
  ];
  const lines = fields.flatMap(([tag, text]) => (text === null ? [] : [`  <${tag}>${escaped(text)}</${tag}>`]));
  // Wide, as the thumbnails of videos are.
  const thumb =
    media.thumbnailUrl === null ? [] : [`  <thumb aspect="landscape">${escaped(media.thumbnailUrl)}</thumb>`];
  const id = `  <uniqueid type="${escaped(media.extractor)}" default="true">${escaped(media.id)}</uniqueid>`;
  const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`;
  return [head, "<movie>", ...lines, ...thumb, id, "</movie>", ""].join("\n");
}

// Characters that XML 1.0 cannot hold, not even as references.
const notInXml = /(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]/gu;
const references: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(notInXml, "")
    .replace(/[&<>"]/g, (character) => references[character] ?? "");
}
