import { mkdir, readdir, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Warning } from "../../../jobs/job.ts";
import type { DownloadRequest } from "../../../jobs/request.ts";
import type { FetchedSubtitles, ResolveOptions } from "../../../pipeline/downloader.ts";
import { type ChosenTrack, chooseTracks } from "./caption-tracks.ts";
import { loadArgs } from "./command-line.ts";
import type { Engine } from "./engine.ts";
import type { OutputLog } from "./output-log.ts";
import { captionFormats, maxFileBytes } from "./reading/caption-formats.ts";
import { readCaptions } from "./reading/read.ts";
import { redact } from "./redact.ts";
import type { Resolver } from "./resolve.ts";
import { openWorkArea } from "./work-area.ts";

/** Longest time that all captions of a job may take. */
const deadlineMs = 5 * 60_000;

type Result = { readonly subtitles: readonly FetchedSubtitles[]; readonly warnings: readonly Warning[] };

/**
 * Fetches the captions a request wishes for, in one run of yt-dlp that goes on over those that are refused (sites limit
 * translations heavily). What is missing becomes a warning; only an abort rejects.
 */
export async function fetchCaptions(
  engine: Engine,
  resolver: Resolver,
  request: DownloadRequest,
  { folder, egress, signal }: ResolveOptions,
): Promise<Result> {
  // A transcript without wishes is the spoken language's.
  const wanted = request.subtitles ?? (request.output.type === "transcript" ? original : undefined);
  if (!wanted) return { subtitles: [], warnings: [] };
  signal.throwIfAborted();
  try {
    const area = await openWorkArea(folder.path);
    const { tracks, missing } = chooseTracks(await resolver.info(area, signal), wanted);
    const warnings = missing.map((language) => missingWarning(language, "the source has none"));
    if (tracks.length === 0) return { subtitles: [], warnings };
    await rm(area.captions, { recursive: true, force: true });
    await mkdir(area.captions, { recursive: true });
    const { log } = await engine.run({
      args: [...loadArgs(area.info), ...captionArgs(tracks, area.captions)],
      // Its own: the streams are fetched at the same time.
      home: join(area.home, "captions"),
      egress,
      signal,
      deadlineMs,
      fileSizeBytes: Math.max(...captionFormats.map(maxFileBytes)) + 1,
    });
    const names = await readdir(area.captions);
    const sent = tracks.flatMap((track) => {
      const name = fileOf(track, names);
      if (name !== undefined) return [{ track, path: join(area.captions, name), format: extname(name).slice(1) }];
      const unsent = isCutOff(track, names, log) ? "it is larger than captions may be" : "it was not sent";
      warnings.push(missingWarning(track.language, reasonFor(track, log) ?? unsent));
      return [];
    });
    const read =
      sent.length === 0
        ? []
        : await readCaptions(
            sent.map(({ path, format }) => ({ path, format })),
            signal,
          );
    const subtitles: FetchedSubtitles[] = [];
    for (const [index, { track }] of sent.entries()) {
      const cues = read[index] ?? [];
      if (cues instanceof Error) warnings.push(missingWarning(track.language, reasonFor(track, log) ?? cues.message));
      else subtitles.push({ language: track.language, automatic: track.automatic, cues });
    }
    return { subtitles, warnings };
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : "they could not be fetched";
    const wishes = [...wanted.languages, ...wanted.translateTo];
    return { subtitles: [], warnings: wishes.map((language) => missingWarning(language, reason)) };
  }
}

const original = { languages: ["original"], automatic: true, translateTo: [], formats: ["txt" as const], embed: false };

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
function isCutOff(track: ChosenTrack, names: readonly string[], log: OutputLog): boolean {
  const hasPart = names.some((name) => name.startsWith(`captions.${track.key}.`) && name.endsWith(".part"));
  return hasPart && log.errors.some((line) => /\[errno 27\]/i.test(line));
}

function reasonFor(track: ChosenTrack, log: OutputLog): string | undefined {
  const message = [...log.warnings, ...log.errors].find((line) => line.includes(`subtitles for '${track.key}'`));
  return message === undefined ? undefined : redact(message.replace(/^.*?subtitles for '[^']*': /, ""));
}

function missingWarning(language: string, reason: string): Warning {
  return { code: "subtitles_missing", detail: `No subtitles in ${language}: ${reason}.` };
}
