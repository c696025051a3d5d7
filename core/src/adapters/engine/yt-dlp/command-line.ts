import type { PlannedStream } from "../../../pipeline/downloader.ts";
import type { SourceUrl } from "../../../sources/source-url.ts";
import type { YtDlpOptions } from "./options.ts";

/** Starts a line of ours in yt-dlp's output; anything else is text for people. */
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
 * Looks at a link and prints one JSON document. For YouTube only the extractors of that kind of link are let in: it
 * keeps a redirect from reaching any other of some 1,700, and starting is quicker.
 */
export function inspectArgs(source: SourceUrl): string[] {
  const extractors = source.site !== "youtube" ? "default" : source.kind === "video" ? "youtube" : listExtractors;
  return ["--ies", extractors, "--dump-single-json"];
}

const listExtractors = "youtube:tab,youtube:playlist,youtube";

/** The link, where nothing in it can become an option. */
export function urlArgs(source: SourceUrl): string[] {
  return ["--", source.url];
}

/** Goes on from a kept info JSON: nothing is asked of the site but the files themselves. */
export function loadArgs(infoFile: string): string[] {
  return ["--load-info-json", infoFile];
}

/**
 * Fetches the streams one after the other, each into a file of a fixed name, unmerged and unchanged. Its size is in the name:
 * where the site has replaced the file since, a part of the old one must not be continued with the rest of the new one.
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
      "stream-%(format_id).80B-%(filesize|0)s.%(ext)s",
    ],
    ...["--no-mtime", "--fixup", "never", "--abort-on-unavailable-fragments", "--concurrent-fragments", "4"],
    ...["--no-quiet", "--progress", "--newline", "--progress-delta", "0.25"],
    ...[
      "--progress-template",
      `download:${mark}{"t":"progress","format":%(info.format_id|null)j,"p":${progressFields}}`,
    ],
    // Each is printed when its file is complete and in its place.
    ...["--print", `after_move:${mark}{"t":"file","format":%(format_id|null)j,"path":%(filepath|null)j}`],
  ];
}

const progressFields =
  "%(progress.{status,downloaded_bytes,total_bytes,total_bytes_estimate,speed,fragment_index,fragment_count})j";
