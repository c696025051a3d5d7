import { make } from "covertable";
import { files } from "./files.ts";
import type { SourceGroup, SourceKind } from "./source-kind.ts";
import { streams } from "./streams.ts";
import { captionPlaces, cutFor, cuts, outputs, shapes, type Wish } from "./wishes.ts";

/** A source with what is asked for of it. */
export interface Cell {
  readonly source: SourceKind;
  readonly wish: Wish;
}

export const sources: readonly SourceKind[] = [...files, ...streams];

const asItIs: Wish = { output: "mp4", cut: "whole", captions: "none", turn: 0 };
const transcript: Wish = { ...asItIs, output: "transcript" };
const media = outputs.filter((output) => output !== "transcript");

const groups: readonly SourceGroup[] = ["file", "stream", "picture", "sound"];
const ofGroup = (group: SourceGroup) => sources.filter((source) => source.group === group);

/** The name of a cell. */
export const nameOf = ({ source, wish }: Cell): string => {
  const { output, cut, captions, turn } = wish;
  const parts = [output === "encoded sound" ? `${output} ${turn}` : output, cut, captions];
  return `${source.name} × ${parts.filter((part) => part !== "whole" && part !== "none").join(", ")}`;
};

/** Every source with requests in which every output meets every cut and every place of captions, and every cut every place. */
export function allCells(seed: string): readonly Cell[] {
  const wishes = make({ output: media, cut: [...cuts], captions: [...captionPlaces] }, { seed });
  return [asItIs, transcript, ...wishes.map((wish, turn) => ({ ...wish, turn }))].flatMap((wish) =>
    sources.map((source) => ({ source, wish })),
  );
}

/**
 * Few enough for every night: every group of sources meets every output, every shape of a cut, copied and exact ends, and every
 * place of captions, and these each other; the kinds of a group take turns, and one whose turn did not come is delivered as it
 * is. So are those that are broken.
 */
export function fewCells(seed: string): readonly Cell[] {
  const rows = make(
    { group: [...groups], output: media, shape: [...shapes], isExact: [false, true], captions: [...captionPlaces] },
    { seed },
  );
  const turns = new Map<SourceGroup, number>();
  const cells = rows.map(({ group, output, shape, isExact, captions }): Cell => {
    const turn = turns.get(group) ?? 0;
    turns.set(group, turn + 1);
    const kinds = ofGroup(group);
    const wish = { output, cut: cutFor(shape, isExact), captions, turn };
    return { source: kinds[turn % kinds.length] as SourceKind, wish };
  });
  const left = sources.filter((source) => !cells.some((cell) => cell.source === source));
  const [first] = sources;
  return [
    ...cells,
    ...left.map((source) => ({ source, wish: asItIs })),
    ...(first === undefined ? [] : [{ source: first, wish: transcript }]),
  ];
}

const heard = (output: Wish["output"], cut: Wish["cut"], turn = 0): Wish => ({ output, cut, captions: "beside", turn });

/** Cells that were wrong once, though those beside them were right. */
export function cellsOnceWrong(): readonly Cell[] {
  const named: readonly (readonly [string, Wish])[] = [
    ["HLS: sound that begins later", heard("encoded sound", "whole")],
    ["HLS: sound that begins later", heard("own sound", "clips")],
    ["HLS: sound in fragmented MP4 that begins later", heard("own sound", "chapters")],
    ["HLS: packed audio with times that begins later", heard("mp4", "clip")],
    ["HLS: packed audio with times that begins later", heard("encoded sound", "clip", 1)],
    ["HLS: a clock that starts anew", heard("encoded sound", "whole", 2)],
    ["DASH: sound that begins later", heard("encoded sound", "whole", 3)],
    ["HLS: discontinuities in a picture and a sound that begins later", heard("encoded sound", "whole")],
    ["DASH: several periods, with sound that begins later", heard("own sound", "clip")],
    ["DASH: WebM whose sound begins later", heard("own sound", "clip")],
    ["sound that pauses", heard("encoded sound", "whole", 4)],
    ["MP4 whose beginning is not shown", heard("mp4", "cut")],
    ["MP4 whose beginning is not shown", { ...heard("mkv", "whole"), captions: "in the picture" }],
  ];
  return named.flatMap(([name, wish]) => {
    const source = sources.find((one) => one.name === name);
    return source === undefined ? [] : [{ source, wish }];
  });
}

/**
 * Few enough for a test: every group of sources meets every output, by kinds that are spread over the group; cuts and
 * places of captions take turns. What is broken is asked for as it is.
 */
export function fewestCells(): readonly Cell[] {
  const cells = groups.flatMap((group, row) => {
    const kinds = ofGroup(group);
    return media.map((output, column): Cell => {
      const source = kinds[Math.floor((column * kinds.length) / media.length)] as SourceKind;
      const turn = row + column;
      const cut = cuts[(row * media.length + column) % cuts.length] ?? "whole";
      const captions = captionPlaces[turn % captionPlaces.length] ?? "none";
      return { source, wish: { output, cut, captions, turn } };
    });
  });
  const broken = ofGroup("broken").map((source) => ({ source, wish: asItIs }));
  const [first] = sources;
  return [...cells, ...broken, ...(first === undefined ? [] : [{ source: first, wish: transcript }])];
}

/**
 * Those of the fewest and of the once wrong that judge each change: every group of sources, every output, every cut and every place
 * of captions is among them, though they meet only in some of the others; HLS and DASH are, files, and something broken.
 */
const leastNames: readonly string[] = [
  "WebM of VP9 and Opus × encoded sound 4, cut",
  "MP4, index ahead × transcript",
  "HLS: transport stream × mp4, cut exactly, beside",
  "HLS: sound of its own × mkv, chapters, inside",
  "turned picture × mp4, exact clip, inside",
  "HLS: picture that begins later × webm, exact chapters, in the picture",
  "MP3 of variable bit rate without a length × encoded sound 7, clips, in the picture",
  "DASH: several periods, with sound that begins later × own sound, clip, beside",
];

/** Whether a cell judges each change. */
export const isAmongLeast = (cell: Cell): boolean =>
  cell.source.name === "MP4 cut short" || leastNames.includes(nameOf(cell));
