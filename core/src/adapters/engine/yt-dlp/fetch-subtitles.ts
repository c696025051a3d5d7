import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, toAppError } from "../../../errors/app-error.ts";
import type { ErrorCode } from "../../../errors/codes.ts";
import type { Warning } from "../../../jobs/job.ts";
import type { DownloadRequest } from "../../../jobs/request.ts";
import type { Downloader, FetchedSubtitles, ResolveOptions } from "../../../pipeline/downloader.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { sleep } from "../../system/sleep.ts";
import { type CaptionOutcome, runForCaptions } from "./caption-run.ts";
import { type ChosenTrack, wantedCaptions } from "./caption-tracks.ts";
import { fetchCaptionFiles } from "./direct-captions.ts";
import type { Engine } from "./engine.ts";
import { codeOf } from "./errors.ts";
import { onDisk } from "./on-disk.ts";
import { readCaptions } from "./reading/read.ts";
import type { Resolver } from "./resolve.ts";
import type { SmallFiles } from "./small-files.ts";
import { openWorkArea, type WorkArea } from "./work-area.ts";

/** Longest time that all captions of a job may take. */
const deadlineMs = 5 * 60_000;

type Result = Awaited<ReturnType<Downloader["fetchSubtitles"]>>;

/** A track that could not be had. */
interface Refusal {
  readonly language: string;
  readonly reason: string;
  /** How long the source asks to wait; null: it does not say. */
  readonly waitMs: number | null;
}

/** With what captions are fetched. */
export interface CaptionTools {
  readonly engine: Engine;
  readonly resolver: Resolver;
  /** Null: yt-dlp fetches them all. */
  readonly files: SmallFiles | null;
  readonly logger: Logger | undefined;
}

/** Fetches the captions a request wishes for. What is missing becomes a warning; only an abort rejects. */
export async function fetchCaptions(
  tools: CaptionTools,
  request: DownloadRequest,
  options: ResolveOptions,
): Promise<Result> {
  const { signal, folder } = options;
  const wanted = wantedCaptions(request);
  if (!wanted) return { subtitles: [], warnings: [] };
  signal.throwIfAborted();
  try {
    const area = await openWorkArea(folder.path);
    const { tracks, missing } = (await tools.resolver.plan(area)).captions ?? { tracks: [], missing: [] };
    const warnings = missing.map(({ language, isInPeriods }) =>
      missingWarning(language, isInPeriods ? inPeriods : "the source has none"),
    );
    if (tracks.length === 0) return { subtitles: [], warnings };
    const outcomes = await fetchFiles(tools, tracks, area, options);
    const refusals: Refusal[] = [];
    const refuse = ({ language }: ChosenTrack, reason: string, waitMs: number | null = null) => {
      refusals.push({ language, reason, waitMs });
      warnings.push(missingWarning(language, reason));
    };
    const sent = tracks.flatMap((track) => {
      const outcome = outcomes.get(track) ?? { reason: notSent };
      if (!("reason" in outcome)) return [{ track, ...outcome }];
      refuse(track, outcome.reason, outcome.throttledMs);
      return [];
    });
    const files = sent.map(({ path, format, track: { rolls, language } }) => {
      return { path, format, rolls, language };
    });
    const read = files.length === 0 ? [] : await readCaptions(files, signal);
    const subtitles: FetchedSubtitles[] = [];
    for (const [index, { track, doubt }] of sent.entries()) {
      const captions = read[index] ?? { cues: [], guessedEncoding: null, clock: null };
      if (captions instanceof Error) {
        refuse(track, doubt ?? captions.message);
        continue;
      }
      const { cues, guessedEncoding, clock } = captions;
      if (guessedEncoding !== null) warnings.push(guessedWarning(track.language, guessedEncoding));
      subtitles.push({ language: track.language, automatic: track.automatic, cues, ...(clock && { clock }) });
    }
    return { subtitles, warnings, ...(subtitles.length === 0 && { failure: failureOf(refusals) }) };
  } catch (error) {
    signal.throwIfAborted();
    const wishes = [...wanted.languages, ...wanted.translateTo];
    const warnings = wishes.map((language) => missingWarning(language, reasonOf(error)));
    return { subtitles: [], warnings, failure: toAppError(error) };
  }
}

/** What may be over when it is tried again. */
const passing: ReadonlySet<ErrorCode> = new Set([
  ...(["rate_limited", "source_forbidden", "source_error", "network_error"] as const),
]);

/** Why there is no track at all: what may pass, rather than what stays. */
function failureOf(refusals: readonly Refusal[]): AppError {
  const failures = refusals.map(({ language, reason, waitMs }) => {
    const known = reason === notSent ? "source_error" : codeOf({ message: reason, causes: [] });
    const code = known !== null && passing.has(known) ? known : "format_unavailable";
    const retryAt = waitMs === null ? {} : { retryAt: new Date(Date.now() + waitMs) };
    return new AppError(code, `No subtitles in ${language}: ${reason}.`, retryAt);
  });
  const [first = new AppError("format_unavailable")] = failures;
  return failures.find(({ retryable }) => retryable) ?? first;
}

/**
 * Fetches the files of tracks. Those for which the source asks for patience are tried again later, the others are not delayed by
 * them.
 */
async function fetchFiles(
  tools: CaptionTools,
  tracks: readonly ChosenTrack[],
  area: WorkArea,
  options: ResolveOptions,
): Promise<ReadonlyMap<ChosenTrack, CaptionOutcome>> {
  await onDisk(rm(area.captions, { recursive: true, force: true }));
  const until = performance.now() + deadlineMs;
  const outcomes = new Map<ChosenTrack, CaptionOutcome>();
  let left = tracks;
  for (let round = 0; left.length > 0; round += 1) {
    const dir = join(area.captions, String(round));
    await onDisk(mkdir(dir, { recursive: true }));
    for (const [track, outcome] of await fetchOnce(tools, left, area, { ...options, dir, until }))
      outcomes.set(track, outcome);
    const waits = left.flatMap((track) => {
      const outcome = outcomes.get(track);
      const throttledMs = outcome !== undefined && "reason" in outcome ? outcome.throttledMs : undefined;
      const waitMs = throttledMs === undefined ? undefined : pauseMs(round, throttledMs);
      // A wait beyond the deadline would be for nothing.
      return waitMs === undefined || performance.now() + waitMs >= until ? [] : [{ track, waitMs }];
    });
    left = waits.map(({ track }) => track);
    if (left.length > 0) await sleep(Math.max(...waits.map(({ waitMs }) => waitMs)), options.signal);
  }
  return outcomes;
}

/** How long to wait after each try that was refused as one too many, where the source does not say, in milliseconds. */
const pausesMs = [1_000, 4_000];

/** The wait before the next try; undefined: there is none. */
function pauseMs(round: number, askedMs: number | null): number | undefined {
  const usual = pausesMs[round];
  return usual === undefined ? undefined : Math.max(usual, askedMs ?? 0);
}

/** Fetches each file once: what lies as a plain file without yt-dlp, the rest by one run of it. */
async function fetchOnce(
  { engine, files, logger }: CaptionTools,
  tracks: readonly ChosenTrack[],
  area: WorkArea,
  { egress, signal, dir, until }: ResolveOptions & { readonly dir: string; readonly until: number },
): Promise<ReadonlyMap<ChosenTrack, CaptionOutcome>> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, Math.ceil(until - performance.now())))]);
  const { impersonates } = engine;
  const direct =
    files === null
      ? new Map<ChosenTrack, CaptionOutcome>()
      : await fetchCaptionFiles(files, tracks, dir, { egress, signal: inTime, impersonates, logger });
  const left = tracks.filter((track) => !direct.has(track));
  signal.throwIfAborted();
  if (left.length === 0) return direct;
  const leftMs = until - performance.now();
  const run = async () => {
    if (leftMs <= 0) throw new AppError("timed_out", "all captions together took longer than allowed");
    return await runForCaptions(engine, left, area, { dir, egress, signal, deadlineMs: leftMs });
  };
  const ran = await run().catch((error: unknown) => {
    signal.throwIfAborted();
    return left.map((): CaptionOutcome => ({ reason: reasonOf(error) }));
  });
  const outcomes = new Map(direct);
  for (const [index, track] of left.entries()) outcomes.set(track, ran[index] ?? { reason: notSent });
  return outcomes;
}

const notSent = "it was not sent";

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "they could not be fetched";
}

function guessedWarning(language: string, encoding: string): Warning {
  const detail = `The subtitles in ${language} do not say how they are encoded; they were read as ${encoding}.`;
  return { code: "subtitles_encoding_guessed", detail };
}

const inPeriods = "the source has them in pieces, one for each period of its stream, which cannot be joined";

function missingWarning(language: string, reason: string): Warning {
  return { code: "subtitles_missing", detail: `No subtitles in ${language}: ${reason}.` };
}
