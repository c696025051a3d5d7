import type { DownloadRequestInput } from "@vidferry/core";
import { groupSeconds, type SourceKind, sourceSeconds, type TimeRange } from "./source-kind.ts";

export const outputs = ["mp4", "mkv", "webm", "own sound", "encoded sound", "transcript"] as const;
export const cuts = [
  "whole",
  "clip",
  "exact clip",
  "clips",
  "cut",
  "cut exactly",
  "chapters",
  "exact chapters",
] as const;
/** Which parts are kept, each without and with exact ends where there are two ways. */
export const shapes = ["whole", "clip", "clips", "cut", "chapters"] as const;
const exactCuts = { clip: "exact clip", cut: "cut exactly", chapters: "exact chapters" } as const;
/** The cut of a shape. */
export const cutFor = (shape: (typeof shapes)[number], isExact: boolean): Wish["cut"] =>
  isExact && shape in exactCuts ? exactCuts[shape as keyof typeof exactCuts] : shape;
/** The shape of a cut, and whether it has exact ends. */
export const shapeOf = (cut: Wish["cut"]): { readonly shape: (typeof shapes)[number]; readonly isExact: boolean } => {
  const shape = shapes.find((one) => one === cut || cutFor(one, true) === cut) ?? "whole";
  return { shape, isExact: shape !== cut };
};
/** Sound alone holds no captions: for it, those inside a video and in its picture stand beside it. */
export const captionPlaces = ["none", "beside", "inside", "in the picture"] as const;
const soundFormats = ["mp3", "m4a", "opus", "flac", "wav"] as const;

/** What is asked for of a source. */
export interface Wish {
  readonly output: (typeof outputs)[number];
  readonly cut: (typeof cuts)[number];
  readonly captions: (typeof captionPlaces)[number];
  /** Chooses among what is alike: the format of an encoded sound. */
  readonly turn: number;
}

const range = (startSeconds: number, endSeconds: number): TimeRange => ({ startSeconds, endSeconds });

/** What SponsorBlock knows of every source. */
export const segments = [range(3, 5), range(7.5, 9)].map((segment) => ({ ...segment, category: "sponsor" }));
/** Chapters of every source; the last ends with it. */
export const chapters = [0, 5, 9].map((startSeconds, index) => ({ startSeconds, title: `Chapter ${index + 1}` }));

/** What is kept in each result of a cut, wherever the key frames are. */
const keptBy: Readonly<Record<Wish["cut"], readonly (readonly TimeRange[])[]>> = {
  whole: [[range(0, sourceSeconds)]],
  clip: [[range(3, 7)]],
  "exact clip": [[range(3, 7)]],
  clips: [[range(8.5, 10.5)], [range(3, 6)]],
  cut: [[range(0, 3), range(5, 7.5), range(9, sourceSeconds)]],
  "cut exactly": [[range(0, 3), range(5, 7.5), range(9, sourceSeconds)]],
  chapters: [[range(0, 5)], [range(5, 9)], [range(9, sourceSeconds)]],
  "exact chapters": [[range(0, 5)], [range(5, 9)], [range(9, sourceSeconds)]],
};

const isExact = ({ cut }: Wish) => /exact/.test(cut);
const isVideo = ({ output }: Wish) => output === "mp4" || output === "mkv" || output === "webm";

/** Ranges that are copied begin at the key frame before; those that then meet are one. */
function fromKeyFrames(
  ranges: readonly TimeRange[],
  { picture, joints = [] }: Pick<SourceKind, "picture" | "joints">,
): readonly TimeRange[] {
  const lastKeyFrame = picture ? groupSeconds * (Math.ceil(picture.endSeconds / groupSeconds) - 1) : sourceSeconds;
  const begun = ranges.map(({ startSeconds, endSeconds }) => {
    const regular = Math.min(startSeconds - (startSeconds % groupSeconds), lastKeyFrame);
    return range(Math.max(regular, ...joints.filter((joint) => joint <= startSeconds)), endSeconds);
  });
  const kept: TimeRange[] = [];
  for (const one of begun) {
    const before = kept.at(-1);
    if (before === undefined || one.startSeconds > before.endSeconds) kept.push(one);
    else kept.splice(-1, 1, range(before.startSeconds, one.endSeconds));
  }
  return kept;
}

/** For each result what it may keep: what is wished for, or where the picture is copied, from the key frame before it. */
export function keptOf(
  wish: Wish,
  source: Pick<SourceKind, "picture" | "joints">,
): readonly (readonly (readonly TimeRange[])[])[] {
  if (wish.output === "transcript") return [];
  const isCopied = isVideo(wish) && !isExact(wish) && wish.captions !== "in the picture";
  return keptBy[wish.cut].map((kept) => (isCopied ? [kept, fromKeyFrames(kept, source)] : [kept]));
}

/** Where captions are to be found. */
export function captionsOf(wish: Wish): {
  readonly beside: boolean;
  readonly inside: boolean;
  readonly drawn: boolean;
} {
  if (wish.output === "transcript") return { beside: true, inside: false, drawn: false };
  const { captions } = wish;
  const drawn = isVideo(wish) && captions === "in the picture";
  return { beside: captions !== "none", inside: isVideo(wish) && captions === "inside", drawn };
}

/** Whether only a page of the double tells what the wish needs: chapters, captions, segments. */
export function needsPage({ cut, captions, output }: Wish): boolean {
  return !["whole", "clip", "exact clip", "clips"].includes(cut) || captions !== "none" || output === "transcript";
}

/** The request, without its link. */
export function requestOf(wish: Wish, source: SourceKind): Omit<DownloadRequestInput, "url"> {
  const { inside, drawn, beside } = captionsOf(wish);
  const subtitles = { languages: ["en"], formats: ["vtt" as const], embed: inside, ...(drawn ? { burnIn: true } : {}) };
  return { output: outputOf(wish, source), ...cutOf(wish), ...(beside ? { subtitles } : {}), maxAttempts: 1 };
}

function outputOf({ output, turn }: Wish, { hdr = false }: SourceKind): DownloadRequestInput["output"] {
  if (output === "transcript") return { type: "transcript" };
  if (output === "own sound") return { type: "audio", format: "best" };
  if (output !== "encoded sound") return { type: "video", container: output, hdr };
  return { type: "audio", format: soundFormats[turn % soundFormats.length] ?? "mp3" };
}

function cutOf(wish: Wish): Partial<DownloadRequestInput> {
  const exact = isExact(wish);
  const clips = keptBy[wish.cut].flat().map((clip) => ({ ...clip, exact }));
  switch (wish.cut) {
    case "whole":
      return {};
    case "clip":
    case "exact clip":
      return { clip: clips[0] };
    case "clips":
      return { clip: clips };
    case "cut":
    case "cut exactly":
      return { sponsorBlock: ["sponsor"], exactCuts: exact };
    default:
      return { chapters: "split", exactCuts: exact };
  }
}
