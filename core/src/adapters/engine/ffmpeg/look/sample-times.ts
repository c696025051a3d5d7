import type { Box } from "../../media-index/index.ts";
import { type Children, entriesOf, versionOf, wordsAt } from "./boxes.ts";
import { sure } from "./sure.ts";

/** What the tables of a track say of its samples (ISO/IEC 14496-12 §8.6 and §8.7). */
export interface Samples {
  readonly count: number;
  /** In units of the track. */
  readonly duration: number;
  /** Whether some are shown in another order than they are stored. */
  readonly isReordered: boolean;
  /** How much later than it is stored the first one is shown, in units of the track. */
  readonly firstDelay: number;
  readonly first: { readonly at: number; readonly bytes: number };
}

/** Reads the tables, which must agree with one another, and lie within the media. */
export function readSamples(moov: Buffer, tables: Children, media: Pick<Box, "start" | "end">): Samples {
  const sizes = readSizes(moov, tables.only("stsz"));
  const { count } = sizes;
  const decoded = readRuns(moov, tables.only("stts"), count);
  const offsets = tables.optional("ctts");
  if (offsets !== null) sure(versionOf(moov, offsets) === 0);
  const shown = offsets === null ? Uint32Array.of(count, 0) : readRuns(moov, offsets, count);
  checkKeys(moov, tables, count);
  const order = orderOf(decoded, shown);
  const at = readChunks(moov, tables, sizes, media);
  return {
    count,
    duration: order.duration(),
    isReordered: order.isReordered(),
    firstDelay: shown[1] ?? 0,
    first: { at, bytes: sizes.of(0) },
  };
}

/** Of a track: sound of six hours, or pictures of ten. Where all are of one size nothing else bounds them. */
const mostSamples = 1_000_000;

/** Pairs of how many samples in a row have a value, and the value. */
type Runs = Uint32Array;

function readRuns(moov: Buffer, table: Box, samples: number): Runs {
  const { count, first } = entriesOf(moov, table, 8);
  sure(count <= samples);
  const runs = wordsAt(moov, first, count * 2);
  let total = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const [held, value] = [runs[at] ?? 0, runs[at + 1] ?? 0];
    // FFmpeg takes a number beyond 31 bits for a negative one.
    sure(held > 0 && value < 2 ** 31);
    total += held;
  }
  sure(total === samples);
  return runs;
}

/** Follows when samples are shown, of which some in a row have the same length and the same delay. */
export function createOrder() {
  let [latest, now, isReordered] = [Number.NEGATIVE_INFINITY, 0, false];
  return {
    add: (count: number, length: number, delay: number) => {
      isReordered ||= now + delay < latest;
      latest = Math.max(latest, now + (count - 1) * length + delay);
      now += count * length;
    },
    /** How long all of them are. */
    duration: () => now,
    /** Whether some are shown in another order than they are stored. */
    isReordered: () => isReordered,
  };
}

function orderOf(decoded: Runs, shown: Runs) {
  const order = createOrder();
  let [index, left] = [-2, 0];
  for (let run = 0; run < shown.length; run += 2) {
    for (let todo = shown[run] ?? 0; todo > 0; ) {
      if (left === 0) {
        index += 2;
        left = decoded[index] ?? todo;
      }
      const together = Math.min(todo, left);
      order.add(together, decoded[index + 1] ?? 0, shown[run + 1] ?? 0);
      todo -= together;
      left -= together;
    }
  }
  return order;
}

/** Which samples are key frames, and what groups they form, is of no interest; but a table that is broken is one for FFmpeg. */
function checkKeys(moov: Buffer, tables: Children, samples: number): void {
  const keys = tables.optional("stss");
  if (keys !== null) {
    const { count, first } = entriesOf(moov, keys, 4);
    sure(count <= samples && (count === 0 || moov.readUInt32BE(first) === 1));
  }
  const needs = tables.optional("sdtp");
  sure(needs === null || needs.end - needs.start === 4 + samples);
}

interface Sizes {
  readonly count: number;
  of(sample: number): number;
}

function readSizes(moov: Buffer, { start, end }: Box): Sizes {
  sure(end - start >= 12);
  const common = moov.readUInt32BE(start + 4);
  const count = moov.readUInt32BE(start + 8);
  sure(start + 12 + (common === 0 ? count * 4 : 0) === end && count > 0 && count <= mostSamples);
  const sizes = common === 0 ? wordsAt(moov, start + 12, count) : null;
  return { count, of: (sample) => sizes?.[sample] ?? common };
}

/** Makes sure that all samples lie in chunks within the media, and returns where the first one does. */
function readChunks(moov: Buffer, tables: Children, sizes: Sizes, media: Pick<Box, "start" | "end">): number {
  const wide = tables.optional("co64");
  const { count, first } = entriesOf(moov, wide ?? tables.only("stco"), wide === null ? 4 : 8);
  sure(count <= sizes.count);
  const words = wordsAt(moov, first, wide === null ? count : count * 2);
  const offset = (chunk: number) =>
    wide === null ? (words[chunk] ?? 0) : (words[chunk * 2] ?? 0) * 2 ** 32 + (words[chunk * 2 + 1] ?? 0);
  const runs = entriesOf(moov, tables.only("stsc"), 12);
  let sample = 0;
  for (let run = 0; run < runs.count; run++) {
    const at = runs.first + run * 12;
    const from = moov.readUInt32BE(at) - 1;
    const until = run + 1 < runs.count ? moov.readUInt32BE(at + 12) - 1 : count;
    const held = moov.readUInt32BE(at + 4);
    sure((run > 0 || from === 0) && from < until && until <= count && moov.readUInt32BE(at + 8) === 1 && held > 0);
    for (let chunk = from; chunk < until; chunk++) {
      const begin = offset(chunk);
      let end = begin;
      const last = sample + held;
      sure(last <= sizes.count);
      for (; sample < last; sample++) end += sizes.of(sample);
      sure(begin >= media.start && end <= media.end);
    }
  }
  sure(sample === sizes.count);
  return offset(0);
}
