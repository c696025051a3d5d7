import type { Media } from "../jobs/media.ts";
import type { Cut } from "./timeline/cut.ts";
import { totalSeconds } from "./timeline/time-ranges.ts";

/** What is known of a video in the XML that Kodi, Jellyfin, Emby and Plex read beside it: a `movie`, as none of them knows videos. */
export function nfoOf(media: Media, cut: Cut): string {
  const seconds = cut.kept === null ? (cut.durationSeconds ?? media.durationSeconds) : totalSeconds(cut.kept);
  const fields: readonly (readonly [tag: string, text: string | null])[] = [
    ["title", cut.part?.title ?? media.title],
    ["originaltitle", cut.part?.title == null ? null : media.title],
    ["studio", media.channel],
    ["premiered", media.uploadedAt?.slice(0, 10) ?? null],
    ["year", media.uploadedAt?.slice(0, 4) ?? null],
    // In minutes, where none means unknown.
    ["runtime", seconds === null || !Number.isFinite(seconds) ? null : String(Math.max(1, Math.round(seconds / 60)))],
    ["plot", media.webpageUrl],
  ];
  const lines = fields.flatMap(([tag, text]) => (text === null ? [] : [`  <${tag}>${escaped(text)}</${tag}>`]));
  const id = `  <uniqueid type="${escaped(media.extractor)}" default="true">${escaped(media.id)}</uniqueid>`;
  return [`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`, "<movie>", ...lines, id, "</movie>", ""].join(
    "\n",
  );
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
