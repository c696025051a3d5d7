import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { errorCodes, type JobResource } from "@vidferry/core";
import { captionFaults, findTools, type JudgeOptions, readTimecode, timecodeFaults } from "@vidferry/testing";
import { ffprobe, type ProbedFile } from "../../ffprobe.ts";
import type { Cell } from "./cells.ts";
import { type SourceKind, sourceSeconds, type TimeRange } from "./source-kind.ts";
import { captionsOf, chapters, keptOf, needsPage, type Wish } from "./wishes.ts";

/** What became of a cell. `wrong` says what is wrong with it. */
export interface Verdict {
  readonly end: "right" | "warned" | "refused" | "wrong";
  /** The code of a refusal, the codes of warnings, or what is wrong. */
  readonly said: readonly string[];
}

type Artifact = JobResource["artifacts"][number];
/** Saves a result and gives its path. */
export type Save = (artifact: Artifact) => Promise<string>;

const wrong = (...said: readonly string[]): Verdict => ({ end: "wrong", said });

/** Judges the end of a cell's job by what is seen and heard. */
export async function judge({ source, wish }: Cell, job: JobResource, save: Save): Promise<Verdict> {
  const refusals = refusalsOf(source, wish);
  if (job.state !== "succeeded") {
    const { code = "none", detail = "" } = job.error ?? {};
    if (!(code in errorCodes)) return wrong(`the code ${code} is not documented`);
    if (job.artifacts.length > 0) return wrong(`failed with ${code}, and has files all the same`);
    if (refusals.some((one) => one === code)) return { end: "refused", said: [code] };
    return wrong(`${job.state}: ${code}: ${detail}`);
  }
  if (mustFail(source, wish)) return wrong("delivered, although it cannot be right");
  const warnings = job.warnings.map(({ code }) => code);
  const allowed = [...(source.warnings ?? []), ...warningsOf(wish)];
  const unexpected = job.warnings.filter(({ code }) => !allowed.includes(code));
  if (unexpected.length > 0) return wrong(...unexpected.map(({ code, detail }) => `warns of ${code}: ${detail}`));
  if (warnings.includes("media_has_gaps")) return { end: "warned", said: warnings };
  const faults = await resultFaults(source, wish, job, save);
  if (faults.length > 0) return wrong(...faults);
  return warnings.length > 0 ? { end: "warned", said: warnings } : { end: "right", said: [] };
}

const isSound = ({ output }: Wish) => output === "own sound" || output === "encoded sound";

/** A source without a picture makes no video, one without sound no audio file. */
function mustFail(source: SourceKind, wish: Wish): boolean {
  if (wish.output === "transcript") return false;
  return isSound(wish) ? source.sound === null : source.picture === null;
}

function refusalsOf(source: SourceKind, wish: Wish): readonly string[] {
  if (mustFail(source, wish)) return ["format_unavailable"];
  return wish.output === "transcript" ? [] : (source.refusals ?? []);
}

function warningsOf({ output }: Wish): readonly string[] {
  // WAV holds no chapters.
  return output === "encoded sound" || output === "own sound" ? ["chapters_not_written"] : [];
}

async function resultFaults(source: SourceKind, wish: Wish, job: JobResource, save: Save): Promise<string[]> {
  const kept = keptOf(wish, source);
  const { beside, inside, drawn } = captionsOf(wish);
  const media = job.artifacts.filter(({ kind }) => kind === "video" || kind === "audio");
  const captions = job.artifacts.filter(({ kind }) => kind === "subtitle" || kind === "transcript");
  const faults: string[] = [];
  if (media.length !== kept.length) faults.push(`${media.length} media files, not ${kept.length}`);
  const texts = beside ? Math.max(1, kept.length) : 0;
  if (captions.length !== texts) faults.push(`${captions.length} caption files, not ${texts}`);
  if (faults.length > 0) return faults;
  if (wish.output === "transcript") return captionFaults(await textOf(captions[0], save), [whole]);
  // All of a sound ends where it does, and its chapters with it; pieces are filled up.
  const soundEnd = [source.sound ?? whole].flat().at(-1)?.endSeconds ?? sourceSeconds;
  const end = isSound(wish) && wish.cut === "whole" ? soundEnd : sourceSeconds;
  const lasting = (range: TimeRange): TimeRange => ({ ...range, endSeconds: Math.min(range.endSeconds, end) });
  for (const [index, choices] of kept.entries()) {
    const artifact = media[index];
    if (artifact === undefined) continue;
    const path = await save(artifact);
    const timecode = await readTimecode(path).catch(({ message }: Error) => message);
    if (typeof timecode === "string") {
      faults.push(timecode);
      continue;
    }
    const text = beside ? await textOf(captions[index], save) : "";
    const embedded = inside ? await embeddedCaptions(path) : "";
    const file = await ffprobe(path);
    const found = choices.map((ranges) => [
      ...timecodeFaults(timecode, ranges, judgedBy(source, wish)),
      ...(beside ? captionFaults(text, ranges).map((fault) => `beside: ${fault}`) : []),
      ...(inside ? captionFaults(embedded, ranges).map((fault) => `inside: ${fault}`) : []),
      ...chapterFaults(file, ranges.map(lasting), wish),
    ]);
    if (path.endsWith(".mp4")) faults.push(...(await mp4Faults(path, file, job)));
    if (drawn && !(await isDrawnOn(path))) faults.push("nothing is drawn into the picture");
    const best = found.reduce((one, other) => (other.length < one.length ? other : one));
    faults.push(...best.map((fault) => (media.length > 1 ? `result ${index + 1}: ${fault}` : fault)));
  }
  return faults;
}

const whole: TimeRange = { startSeconds: 0, endSeconds: sourceSeconds };

function judgedBy(source: SourceKind, wish: Wish): JudgeOptions {
  const { picture, sound, joints, held = 0, isReadable } = source;
  const has = [
    ...(isSound(wish) || picture === null ? [] : ["picture" as const]),
    ...(sound === null ? [] : ["sound" as const]),
  ];
  const within = { ...(picture ? { picture } : {}), ...(sound ? { sound } : {}) };
  return { has, within, held, ...(joints ? { joints } : {}), ...(isReadable === undefined ? {} : { isReadable }) };
}

/** The text of captions; empty when there are none. */
async function textOf(artifact: Artifact | undefined, save: Save): Promise<string> {
  return artifact === undefined ? "" : await readFile(await save(artifact), "utf8");
}

/** The chapters of the source where they belong in a result that keeps these ranges; what a cut leaves of one may be short. */
function chaptersIn(kept: readonly TimeRange[]): { readonly title: string; readonly start: number }[] {
  return chapters.flatMap(({ title, startSeconds }, index) => {
    const endSeconds = chapters[index + 1]?.startSeconds ?? sourceSeconds;
    let [before, left] = [0, 0];
    let start: number | null = null;
    for (const range of kept) {
      const [from, to] = [Math.max(startSeconds, range.startSeconds), Math.min(endSeconds, range.endSeconds)];
      if (to > from) {
        start ??= before + from - range.startSeconds;
        left += to - from;
      }
      before += range.endSeconds - range.startSeconds;
    }
    return start !== null && left >= 0.5 ? [{ title, start }] : [];
  });
}

const run = promisify(execFile);
const quiet = ["-nostdin", "-v", "error"];

async function embeddedCaptions(path: string): Promise<string> {
  const args = [...quiet, "-i", path, "-map", "0:s:0", "-f", "srt", "pipe:1"];
  return (await run(findTools().ffmpeg, args)).stdout;
}

/** Whether in most frames the lower half of the picture, where captions are drawn, differs somewhere from the upper one. */
async function isDrawnOn(path: string): Promise<boolean> {
  const halves = "[0:V:0]split[a][b];[a]crop=iw:floor(ih/4)*2:0:0[t];[b]crop=iw:floor(ih/4)*2:0:ih-oh[u]";
  const graph = `${halves};[t][u]blend=all_mode=difference,format=gray,scale=96:32:flags=neighbor`;
  const args = [...quiet, "-i", path, "-filter_complex", graph, "-f", "rawvideo", "pipe:1"];
  const { stdout } = await run(findTools().ffmpeg, args, { encoding: "buffer", maxBuffer: 16_777_216 });
  const frames = Array.from({ length: stdout.length / (96 * 32) }, (_, index) =>
    stdout.subarray(index * 96 * 32, (index + 1) * 96 * 32),
  );
  return frames.filter((frame) => frame.some((level) => level > 8)).length > frames.length / 2;
}

/** Chapters that a file says to have and should not, or the other way round. */
function chapterFaults(file: ProbedFile, kept: readonly TimeRange[], wish: Wish): string[] {
  const holdsChapters = needsPage(wish) && !/chapters/.test(wish.cut) && file.formatName !== "wav";
  const wanted = holdsChapters ? chaptersIn(kept) : [];
  const found = file.chapters.map(({ title, start }) => ({ title, start }));
  const agree = wanted.every(({ title, start }, index) => {
    const chapter = found[index];
    return chapter?.title === title && Math.abs(chapter.start - start) <= 0.1;
  });
  if (agree && found.length === wanted.length) return [];
  return [`chapters are ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
}

/** What keeps an MP4 from playing everywhere, unless a warning says so. */
async function mp4Faults(path: string, { video, audio }: ProbedFile, job: JobResource): Promise<string[]> {
  if (job.warnings.some(({ code }) => code === "plays_not_everywhere")) return [];
  const faults: string[] = [];
  if (video?.codec_name !== "h264" || video.pix_fmt !== "yuv420p")
    faults.push(`${video?.codec_name} ${video?.pix_fmt}`);
  if (audio !== undefined && audio.codec_name !== "aac" && audio.codec_name !== "mp3") faults.push(audio.codec_name);
  const bytes = await readFile(path);
  if (bytes.indexOf("moov") > bytes.indexOf("mdat")) faults.push("its index lies behind the media");
  return faults;
}
