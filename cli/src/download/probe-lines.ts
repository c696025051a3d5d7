import type { Probe, ProbedFormat } from "@vidferry/core";
import { clockTime } from "../clock-time.ts";
import { fileSize } from "../file-size.ts";
import { tableLines } from "../terminal/table.ts";

/** What a link offers, for a person. */
export function probeLines(probe: Probe): readonly string[] {
  return probe.kind === "video" ? videoLines(probe) : listLines(probe);
}

const length = (seconds: number | null): string => (seconds === null ? "" : clockTime(Math.round(seconds)));

const fact = (name: string, value: string | null): readonly string[] =>
  value === null || value === "" ? [] : [`${name.padEnd(10)} ${value}`];

function videoLines({ media, formats, subtitles, listUrl }: Extract<Probe, { kind: "video" }>): readonly string[] {
  const languages = (automatic: boolean): string =>
    [...new Set(subtitles.filter((one) => one.automatic === automatic).map(({ language }) => language))].join(", ");
  const sorted = formats.toSorted(
    (one, other) => (other.height ?? 0) - (one.height ?? 0) || (other.bitrateKbps ?? 0) - (one.bitrateKbps ?? 0),
  );
  return [
    ...fact("title", media.title),
    ...fact("channel", media.channel),
    ...fact("length", media.isLive ? "on air" : length(media.durationSeconds)),
    ...fact("published", media.uploadedAt?.slice(0, 10) ?? null),
    ...fact("link", media.webpageUrl),
    ...fact("list", listUrl),
    ...fact("subtitles", languages(false)),
    ...fact("automatic", languages(true)),
    ...fact("chapters", media.chapters.map(({ startSeconds, title }) => `${length(startSeconds)} ${title}`).join(", ")),
    "",
    ...tableLines(
      ["ID", "HEIGHT", "FPS", "HDR", "VIDEO", "AUDIO", "LANG", "KBPS", "SIZE", "FILE"],
      sorted.map(formatRow),
    ),
  ];
}

const text = (value: number | string | null): string => (value === null ? "" : String(value));

function formatRow(format: ProbedFormat): readonly string[] {
  const { id, height, fps, hdr, videoCodec, audioCodec, language, bitrateKbps, bytes, container } = format;
  return [
    ...[
      id,
      text(height),
      text(fps === null ? null : Math.round(fps)),
      hdr ? "hdr" : "",
      text(videoCodec),
      text(audioCodec),
    ],
    ...[
      text(language),
      text(bitrateKbps === null ? null : Math.round(bitrateKbps)),
      bytes === null ? "" : fileSize(bytes),
    ],
    container,
  ];
}

function listLines(list: Extract<Probe, { kind: "playlist" }>): readonly string[] {
  const { title, channel, count, entries, nextCursor } = list;
  const rows = entries.map((entry) => [
    length(entry.durationSeconds),
    entry.uploadedAt?.slice(0, 10) ?? "",
    entry.url,
    `${entry.title ?? ""}${entry.unavailable === null ? "" : ` (${entry.unavailable})`}`,
  ]);
  return [
    ...fact("title", title),
    ...fact("channel", channel),
    ...fact("videos", text(count)),
    ...fact("link", list.webpageUrl),
    "",
    ...tableLines(["LENGTH", "PUBLISHED", "LINK", "TITLE"], rows),
    ...(nextCursor === null ? [] : ["", "There are more: --limit N shows them."]),
  ];
}
