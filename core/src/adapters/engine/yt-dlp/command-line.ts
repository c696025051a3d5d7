import { basename, dirname } from "node:path";
import type { LiveWishes, PlannedStream } from "../../../pipeline/downloader.ts";
import type { SourceUrl } from "../../../sources/source-url.ts";
import type { YtDlpOptions } from "./options.ts";

/** Prefix of the lines that {@link printingArgs} let yt-dlp print; other lines are ordinary messages. */
export const mark = "\x1e";

/**
 * Arguments of every run: no configuration but ours, no plugins, no updates, nothing kept between runs, and no other
 * program as the downloader.
 */
export function commonArgs(options: YtDlpOptions): string[] {
  const { jsRuntime, ffmpegLocation, caFile } = options;
  return [
    "--ignore-config",
    "--no-plugin-dirs",
    "--no-update",
    "--no-cache-dir",
    ...["--color", "never", "--downloader", "native"],
    ...["--socket-timeout", "20", "--retries", "5", "--fragment-retries", "4", "--extractor-retries", "2"],
    ...["--retry-sleep", "http:exp=0.5:10", "--retry-sleep", "fragment:exp=0.5:5"],
    ...(jsRuntime ? ["--no-js-runtimes", "--js-runtimes", `${jsRuntime.name}:${jsRuntime.path}`] : []),
    ...(ffmpegLocation === undefined ? [] : ["--ffmpeg-location", ffmpegLocation]),
    ...(caFile === undefined ? [] : ["--compat-options", "no-certifi"]),
  ];
}

/**
 * Extracts a link and prints one JSON document. For YouTube only the extractors of that kind of link are enabled: a redirect
 * cannot reach any other of some 1,700, and the start is faster.
 */
export function inspectArgs(source: SourceUrl): string[] {
  const extractors = source.site !== "youtube" ? "default" : source.kind === "video" ? "youtube" : listExtractors;
  return ["--ies", extractors, "--dump-single-json"];
}

const listExtractors = "youtube:tab,youtube:playlist,youtube";

/** The link, after `--`, so that it cannot be parsed as an option. */
export function urlArgs(source: SourceUrl): string[] {
  return ["--", source.url];
}

/** Continues from a saved info JSON: only the files themselves are requested from the site. */
export function loadArgs(infoFile: string): string[] {
  return ["--load-info-json", infoFile];
}

/**
 * Fetches the streams one after the other, each into a file of a fixed name, unmerged and unchanged. Its size is in the name:
 * where the site has replaced the file, a partial old one must not be continued with the rest of the new one.
 */
export function fetchArgs(streams: readonly PlannedStream[], dirs: { media: string; parts: string }): string[] {
  const filter = streams.map(({ formatId }) => `all[format_id="${formatId.replace(/["\\]/g, "\\$&")}"]`).join(",");
  return [
    ...["--format", filter],
    ...[
      "--paths",
      `home:${dirs.media}`,
      "--paths",
      `temp:${dirs.parts}`,
      "--output",
      "stream-%(format_id).80B-%(filesize|0)s%(trimmed&-{}|)s.%(ext)s",
    ],
    ...["--no-mtime", "--fixup", "never", "--abort-on-unavailable-fragments", "--concurrent-fragments", "4"],
  ];
}

/** Records a live stream into files beside this name. */
export function recordArgs({ formatId }: PlannedStream, { fromStart, maxSeconds }: LiveWishes, name: string): string[] {
  return [
    ...["--format", `all[format_id="${formatId.replace(/["\\]/g, "\\$&")}"]`],
    ...["--paths", `home:${dirname(name)}`, "--output", `${basename(name)}.%(ext)s`],
    ...["--no-mtime", "--fixup", "never"],
    ...["--extractor-args", `vidferrylive:from_start=${fromStart ? 1 : 0};max_seconds=${maxSeconds}`],
  ];
}

/** A run that reports its progress by hooks prints none. */
export const reportingArgs: readonly string[] = ["--no-progress"];

const progressFields =
  "%(progress.{status,downloaded_bytes,total_bytes,total_bytes_estimate,speed,fragment_index,fragment_count,recorded_seconds})j";

/** Prints progress and finished files as lines of JSON behind our mark. */
export const printingArgs: readonly string[] = [
  ...["--no-quiet", "--progress", "--newline", "--progress-delta", "0.25"],
  ...["--progress-template", `download:${mark}{"t":"progress","format":%(info.format_id|null)j,"p":${progressFields}}`],
  // Printed for each file when it is complete and has its final name.
  ...["--print", `after_move:${mark}{"t":"file","format":%(format_id|null)j,"path":%(filepath|null)j}`],
];
