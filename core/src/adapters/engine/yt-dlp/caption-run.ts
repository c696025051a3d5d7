import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import type { ResolveOptions } from "../../../pipeline/downloader.ts";
import type { ChosenTrack } from "./caption-tracks.ts";
import { loadArgs } from "./command-line.ts";
import type { Engine } from "./engine.ts";
import { codeOf } from "./errors.ts";
import type { OutputLog } from "./output-log.ts";
import { publicMessage } from "./public-message.ts";
import { captionFormats, maxFileBytes } from "./reading/caption-formats.ts";
import type { WorkArea } from "./work-area.ts";

/** The file of a track, or why there is none. */
export type CaptionOutcome =
  | { readonly path: string; readonly format: string; readonly doubt?: string | undefined }
  | {
      readonly reason: string;
      /** Asked for too much at once: asking again later may help, after this long; null: nobody says how long. */
      readonly throttledMs?: number | null;
    };

/** The reason where a file is cut off at its limit. */
export const tooLargeReason = "it is larger than captions may be";

/**
 * Fetches tracks in one run of yt-dlp that goes on over those that are refused (sites limit translations heavily). Rejects
 * only when the run cannot be made, or is stopped.
 */
export async function runForCaptions(
  engine: Engine,
  tracks: readonly ChosenTrack[],
  area: WorkArea,
  {
    dir,
    egress,
    signal,
    deadlineMs,
  }: Pick<ResolveOptions, "egress" | "signal"> & { readonly dir: string; readonly deadlineMs: number },
): Promise<CaptionOutcome[]> {
  const { log } = await engine.run({
    args: [...loadArgs(area.info), ...captionArgs(tracks, dir)],
    // Its own: the streams are fetched at the same time.
    home: join(area.home, "captions"),
    egress,
    signal,
    deadlineMs,
    fileSizeBytes: Math.max(...captionFormats.map(maxFileBytes)) + 1,
  });
  const names = await readdir(dir);
  return tracks.map((track) => {
    const name = fileOf(track, names);
    const reason = reasonFor(track, log);
    if (name !== undefined) {
      return { path: join(dir, name), format: extname(name).slice(1), doubt: reason };
    }
    if (reason !== undefined && /^HTTP Error 429\b/.test(reason)) return { reason, throttledMs: null };
    return { reason: reason ?? (isTruncated(track, names, log) ? tooLargeReason : "it was not sent") };
  });
}

function captionArgs(tracks: readonly ChosenTrack[], dir: string): string[] {
  return [
    ...["--skip-download", "--ignore-errors", "--write-subs", "--write-auto-subs"],
    // Each name is an expression to yt-dlp; recognised speech first, because translations are refused first.
    ...["--sub-langs", tracks.map(({ key }) => key.replace(/[^A-Za-z0-9_-]/g, "\\$&")).join(",")],
    ...["--sub-format", [...captionFormats, "best"].join("/"), "--sleep-subtitles", tracks.length > 3 ? "1" : "0"],
    ...["--paths", `home:${dir}`, "--output", "captions.%(ext)s"],
  ];
}

function fileOf(track: ChosenTrack, names: readonly string[]): string | undefined {
  const prefix = `captions.${track.key}.`;
  return names.find((name) => name.startsWith(prefix) && !name.endsWith(".part"));
}

/** Whether it grew up to the limit of a file's size; yt-dlp says so without naming the track. */
function isTruncated(track: ChosenTrack, names: readonly string[], log: OutputLog): boolean {
  const hasPart = names.some((name) => name.startsWith(`captions.${track.key}.`) && name.endsWith(".part"));
  return hasPart && log.errors.some((error) => codeOf(error) === "file_too_large");
}

function reasonFor(track: ChosenTrack, log: OutputLog): string | undefined {
  const message = [...log.warnings, ...log.errors.map(({ message: text }) => text)].find((line) =>
    line.includes(`subtitles for '${track.key}'`),
  );
  return message === undefined ? undefined : publicMessage(message.replace(/^.*?subtitles for '[^']*': /, ""));
}
