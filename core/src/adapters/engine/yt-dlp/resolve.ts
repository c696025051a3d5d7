import { access, chmod, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, isAppError } from "../../../errors/app-error.ts";
import type { Warning } from "../../../jobs/job.ts";
import type { DownloadRequest } from "../../../jobs/request.ts";
import { clipsOf, segmentWishes } from "../../../jobs/request-cuts.ts";
import type { LiveWishes, PlannedStream, Resolution, ResolveOptions } from "../../../pipeline/downloader.ts";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { WorkFolder } from "../../../pipeline/work-folders.ts";
import { parseSourceUrl, type SourceUrl } from "../../../sources/source-url.ts";
import type { Source } from "../transfer/index.ts";
import { admit, admitLength, admitPage } from "./admission.ts";
import { chooseTracks, type TrackChoice, wantedCaptions } from "./caption-tracks.ts";
import { playerClients } from "./clients/player-clients.ts";
import { inspectArgs, loadArgs, urlArgs } from "./command-line.ts";
import { dateOf, detailsOf, isOnAir, mediaOf, streamsOf } from "./describe.ts";
import { type DirectSource, directSources, pictureBeside, pictureSources, segmentSources } from "./direct-sources.ts";
import type { Engine } from "./engine.ts";
import { noRecordingHint } from "./errors.ts";
import { formatChoice, liveFilter } from "./format-choice.ts";
import type { Info } from "./info.ts";
import { inspectInto } from "./info-file.ts";
import { withNeededBytes } from "./needed-bytes.ts";
import { onDisk } from "./on-disk.ts";
import { defaultResolveTimeoutMs, type YtDlpOptions } from "./options.ts";
import { type Periods, splitPeriods } from "./periods/split-periods.ts";
import { forgetPlayers } from "./players/players.ts";
import type { LookRef, SharedLooks } from "./shared-looks.ts";
import type { SmallFiles } from "./small-files.ts";
import { withLanguage } from "./sound-language.ts";
import { type KnownSegments, type TrimmedSegments, trimSegments } from "./trim-segments.ts";
import { openWorkArea, type WorkArea } from "./work-area.ts";

/** Signed links live for about six hours; this leaves room for a long download. */
const freshMs = 3_600_000;

/** What an attempt will fetch, and where that lies which needs no yt-dlp. It holds signed links: a secret. */
export interface Plan {
  readonly resolution: Resolution;
  readonly sources: readonly DirectSource[];
  /** Of streams of several periods: what each of them consists of. */
  readonly periods: Periods;
  /** Whether they are only those that the request needs. */
  readonly arePeriodsPart: boolean;
  /** Of streams that lie in segments: which are needed. */
  readonly trimmed: TrimmedSegments;
  /** By format: how much later than the source a stream begins of which all is fetched, in seconds. */
  readonly laterBy: KnownSegments["laterBy"];
  /** What is needed of the streams, on their timeline; null: all of it. */
  readonly ranges: readonly TimeRange[] | null;
  /** Null: no captions are wished for. */
  readonly captions: TrackChoice | null;
  /** Thumbnails, best first; null: yt-dlp must fetch it. */
  readonly pictures: readonly Source[] | null;
  /** Of what it was made, where that may be taken again; null: it may not. */
  readonly look: LookRef | null;
}

interface KeptPlan extends Plan {
  /** The request it was made for. */
  readonly request: string;
  readonly madeAt: number;
}

/** Extracts a link, once a work folder; the result is saved there for the later steps. */
export interface Resolver {
  resolve(request: DownloadRequest, options: ResolveOptions): Promise<Resolution>;
  forget(folder: WorkFolder): Promise<void>;
  /** The kept plan. Rejects with `source_error` when there is none: `resolve` must have come first. */
  plan(area: WorkArea): Promise<Plan>;
}

type Run = Pick<ResolveOptions, "egress" | "signal">;

/** A resolver on this engine. */
export function createResolver(
  engine: Engine,
  options: YtDlpOptions,
  { files, looks }: { readonly files: SmallFiles | null; readonly looks: SharedLooks },
): Resolver {
  const now = () => options.clock?.now().getTime() ?? Date.now();
  const players = playerClients(options.playerClients ?? [], options.logger);

  const inspect = (
    source: SourceUrl,
    request: DownloadRequest,
    area: WorkArea,
    extra: readonly string[],
    run: Run,
    from: readonly string[] | null = null,
  ) => {
    const { filter, sort } = formatChoice(request.output);
    const args = [
      ...inspectArgs(source),
      "--no-playlist",
      ...["--format", filter, ...(sort === null ? [] : ["--format-sort", sort])],
      // Only with it yt-dlp lists translations of written captions.
      ...(wantsTranslations(request) ? ["--write-auto-subs"] : []),
      ...extra,
      ...(from ?? urlArgs(source)),
    ];
    const deadlineMs = options.limits?.resolveTimeoutMs ?? defaultResolveTimeoutMs;
    const usesPlayers = source.site === "youtube" && from === null;
    const look = (own: readonly string[]) =>
      inspectInto(`${area.info}.new`, engine, {
        ...{ args: [...own, ...args], home: area.home, ...run, deadlineMs, usesPlayers },
      });
    return usesPlayers ? players.look(area.home, look) : look([]);
  };

  /** What is at the link, found by yt-dlp now, or before for somebody with the same owner, address and cookies. */
  const lookAt = async (
    source: SourceUrl,
    request: DownloadRequest,
    area: WorkArea,
    extra: readonly string[],
    run: Run,
  ) =>
    looks.take(
      {
        ...run,
        // With translations yt-dlp lists more of a video.
        link: wantsTranslations(request) ? `${source.url}#translations` : source.url,
        purpose: "attempt",
        isShared: source.kind === "video" && request.reuse !== "never",
        refused: await readRefused(area),
      },
      {
        load: async (text) => {
          const file = join(area.home, "look.json");
          try {
            await onDisk(writeFile(file, text, { mode: 0o600 }));
            return await inspect(source, request, area, extra, run, loadArgs(file));
          } finally {
            await onDisk(rm(file, { force: true }));
          }
        },
        ask: async () => {
          const info = await inspect(source, request, area, extra, run);
          return { info, text: () => readFile(`${area.info}.new`, "utf8") };
        },
      },
    );

  /** The start of a live stream that cannot be had yet is told only when yt-dlp may not fail over the missing formats. */
  const withStartTime = async (
    error: AppError,
    source: SourceUrl,
    request: DownloadRequest,
    area: WorkArea,
    run: Run,
  ) => {
    const info = await inspect(source, request, area, ["--ignore-no-formats-error"], run).catch(() => null);
    const retryAt = dateOf(info?.release_timestamp);
    return retryAt === null
      ? error
      : new AppError(error.code, error.message, { cause: error, hint: error.hint, retryAt });
  };

  /** A live stream is recorded as HLS: picture and sound together where they come so. */
  const inRecordableForm = async (
    info: Info,
    source: SourceUrl,
    request: DownloadRequest,
    area: WorkArea,
    run: Run,
  ): Promise<Info> => {
    if ((options.limits?.liveSeconds ?? null) === null || !isOnAir(info)) return info;
    const chosen = info.requested_formats.length > 0 ? info.requested_formats : [info];
    if (chosen.length === 1 && isHls(chosen[0])) return info;
    const { sort } = formatChoice(request.output);
    const args = ["--format", liveFilter(request.output), ...(sort === null ? [] : ["--format-sort", sort])];
    return await inspect(source, request, area, args, run);
  };

  const lookIntoSegments = async (
    area: WorkArea,
    info: Info,
    ranges: readonly TimeRange[] | null,
    { egress, signal }: Run,
  ): Promise<KnownSegments> => {
    const isNeeded = ranges === null ? pictureBeside(info) !== null : segmentSources(info).length > 0;
    const client = isNeeded ? await files?.open(egress, signal) : null;
    if (client == null) return nothingKnown;
    try {
      return await trimSegments(area, info, ranges, { client, signal });
    } finally {
      client.close();
    }
  };

  const extract = async (request: DownloadRequest, area: WorkArea, run: Run): Promise<Plan> => {
    const source = parseSourceUrl(request.url, options.hostPolicy);
    const warnings: Warning[] = [];
    const { remove, mark } = segmentWishes(request);
    const named = [...remove, ...mark];
    const categories = named.join(",");
    const { info: found, look } = await lookAt(
      source,
      request,
      area,
      categories === "" ? [] : ["--sponsorblock-mark", categories],
      run,
    )
      .catch((error: unknown) => {
        if (categories === "" || !isSponsorBlockFailure(error)) throw error;
        warnings.push({
          code: "sponsorblock_failed",
          detail: "SponsorBlock did not answer; nothing was cut out or marked.",
        });
        return lookAt(source, request, area, [], run);
      })
      .catch(async (error: unknown) => {
        if (!isAppError(error) || (error.code !== "live_not_started" && error.hint !== noRecordingHint)) throw error;
        throw await withStartTime(error, source, request, area, run);
      });
    const playable = await inRecordableForm(found, source, request, area, run);
    const info = request.output.type === "transcript" ? playable : withLanguage(playable, request.output);
    admitPage(info, options.hostPolicy);
    admit(info, request, options.limits ?? {});
    const live = isOnAir(info) ? liveWishes(request, options.limits) : undefined;
    const wanted = wantedCaptions(request);
    const captions = wanted === null ? null : chooseTracks(info, wanted);
    const streams = request.output.type === "transcript" ? speechOf(info, request, captions) : streamsOf(info);
    if (request.output.type !== "transcript" && streams.length === 0) throw new AppError("format_unavailable");
    if (request.output.type === "video" && !streams.some(({ hasVideo }) => hasVideo)) {
      throw new AppError("format_unavailable", "There is no picture, only sound.", { hint: "Ask for audio instead." });
    }
    if (request.output.type === "audio" && !streams.some(({ hasAudio }) => hasAudio)) {
      throw new AppError("format_unavailable", "The video has no sound.");
    }
    await rename(`${area.info}.new`, area.info);
    await chmod(area.info, 0o600);
    const asked = info.sponsorblock_chapters.filter(({ category }) => named.some((one) => one === category));
    const segments = asked.map((chapter) => ({
      startSeconds: chapter.start_time,
      endSeconds: chapter.end_time,
      category: chapter.category,
    }));
    const media = mediaOf(info, source.url);
    const wishes = neededRanges(request);
    const { info: split, periods } = await splitPeriods(area, info, streams, wishes);
    // Each period has a timeline of its own, and is fetched whole.
    const ranges = Object.keys(periods).length > 0 ? null : wishes;
    const sources = streams.length === 0 ? [] : directSources(split);
    const areWhole = Object.keys(periods).length === 0 && streams.length > 0 && live === undefined;
    const { trimmed, laterBy } = areWhole ? await lookIntoSegments(area, info, ranges, run) : nothingKnown;
    const { durationSeconds } = media;
    const parts = { sources: options.direct === undefined ? [] : sources, trimmed, periods, ranges, durationSeconds };
    const needed = withNeededBytes(streams, parts);
    return {
      resolution: {
        ...{ media, details: detailsOf(info), streams: needed, segments, warnings },
        ...(live && { live }),
        ...(look?.isKept && { isKept: true }),
      },
      ...{ sources, periods, trimmed, laterBy, ranges, arePeriodsPart: wishes !== null },
      captions,
      pictures: pictureSources(info),
      look,
    };
  };

  /** What a transcript may have to be made of. */
  const speechOf = (info: Info, request: DownloadRequest, captions: TrackChoice | null): PlannedStream[] => {
    const transcribe = request.subtitles?.transcribe ?? "never";
    const streams = transcribe === "never" ? [] : streamsOf(info).filter(({ hasAudio }) => hasAudio);
    if (streams.length === 0) return [];
    const isNeeded = transcribe === "always" || captions === null || captions.tracks.length === 0;
    try {
      admitLength(info, request, options.limits?.maxDurationSeconds ?? null);
    } catch (error) {
      if (isNeeded) throw error;
      return [];
    }
    return streams;
  };

  return {
    async resolve(request, { folder, egress, signal }) {
      signal.throwIfAborted();
      const area = await openWorkArea(folder.path);
      const key = requestKey(request);
      const kept = await readPlan(area);
      if (kept && kept.request === key && Math.abs(now() - kept.madeAt) < freshMs) return kept.resolution;
      const found = await extract(request, area, { egress, signal });
      await onDisk(writePlan(area, { request: key, madeAt: now(), ...found }));
      return found.resolution;
    },
    async plan(area) {
      const plan = await readPlan(area);
      if (plan === null)
        throw new AppError("source_error", "What was found of the link is gone; it is looked at again.");
      return plan;
    },
    async forget(folder) {
      const area = await openWorkArea(folder.path);
      const plan = await readPlan(area);
      // What was found before is old, which says nothing about the player that found it.
      const isOld = plan?.look?.isKept ?? false;
      if (!isOld) await players.next(area.home);
      if (plan?.look) await addRefused(area, plan.look.id);
      const finished = await readdir(area.media).catch(() => []);
      // When every stream is complete it was not the fetch that failed, so the fetched files are invalid as well.
      const isInvalid = plan !== null && finished.length >= plan.resolution.streams.length;
      const gone = [area.plan, area.info, ...(isInvalid ? [area.media] : [])];
      for (const path of gone) await onDisk(rm(path, { recursive: true, force: true }));
      // A wrongly solved JavaScript challenge is refused in the same way.
      if (options.playersDir !== undefined && !isOld) await onDisk(forgetPlayers(options.playersDir));
    },
  };
}

const nothingKnown: KnownSegments = { trimmed: {}, laterBy: {} };

const wantsTranslations = ({ subtitles }: DownloadRequest): boolean => (subtitles?.translateTo.length ?? 0) > 0;

const isHls = (format: { readonly protocol?: string | null | undefined } | undefined): boolean =>
  format?.protocol?.startsWith("m3u8") ?? false;

/** How the stream is recorded, within the operator's limit. */
function liveWishes({ live }: DownloadRequest, limits: YtDlpOptions["limits"]): LiveWishes {
  const { liveSeconds = null, maxDurationSeconds = null } = limits ?? {};
  const most = [live?.maxSeconds, liveSeconds, maxDurationSeconds].filter((seconds) => seconds != null);
  return { fromStart: live?.fromStart ?? false, maxSeconds: Math.min(...most) };
}

/** The clips that are all that is needed; one without an end needs the rest. */
function neededRanges(request: DownloadRequest): readonly TimeRange[] | null {
  const clips = clipsOf(request);
  if (clips.length === 0) return null;
  return clips.map(({ startSeconds, endSeconds = Number.MAX_SAFE_INTEGER }) => ({ startSeconds, endSeconds }));
}

/** The fields that the result depends on; the version number is increased when its stored form changes. */
function requestKey({ url, output, clip, sponsorBlock, subtitles, live }: DownloadRequest): string {
  return JSON.stringify([9, url, output, clip, sponsorBlock, subtitles, live]);
}

function isSponsorBlockFailure(error: unknown): boolean {
  return isAppError(error) && /sponsorblock|sponsor\.ajay\.app/i.test(error.message);
}

async function readPlan(area: WorkArea): Promise<KeptPlan | null> {
  try {
    // A plan is useless without the info JSON it was made from.
    await access(area.info);
    return JSON.parse(await readFile(area.plan, "utf8")) as KeptPlan;
  } catch {
    // Missing, or truncated by a process that died: extract again.
    return null;
  }
}

/** Texts of looks whose links were refused: the names of the last few. */
async function readRefused(area: WorkArea): Promise<readonly string[]> {
  const text = await readFile(area.refused, "utf8").catch(() => "");
  return text.split("\n").filter((id) => id !== "");
}

async function addRefused(area: WorkArea, id: string): Promise<void> {
  const ids = [...(await readRefused(area)), id].slice(-20);
  await onDisk(writeFile(area.refused, ids.join("\n"), { mode: 0o600 }));
}

async function writePlan(area: WorkArea, plan: KeptPlan): Promise<void> {
  await writeFile(`${area.plan}.new`, JSON.stringify(plan), { mode: 0o600 });
  await rename(`${area.plan}.new`, area.plan);
}
