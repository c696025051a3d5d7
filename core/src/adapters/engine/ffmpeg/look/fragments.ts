import type { Box } from "../../media-index/index.ts";
import { type Children, childrenOf, entriesOf, numberAt, versionOf } from "./boxes.ts";
import { createOrder, type Samples } from "./sample-times.ts";
import { sure } from "./sure.ts";

/** A movie of one track in fragments, and the index that names all of them. */
export interface Fragments {
  readonly timescale: number;
  /** How long the media is by the index, in its units. */
  readonly duration: number;
  /** Of the first fragment: FFmpeg reads no other before it answers. */
  readonly samples: Samples;
}

/** More than a fragment of a minute has. */
const mostSamples = 10_000;

/** What an index of fragments (ISO/IEC 14496-12 §8.16.3) says; `end` is where it ends itself. */
export function readIndex(sidx: Buffer, end: number) {
  const isWide = versionOf(sidx, { name: "sidx", start: 8, end: sidx.length }) === 1;
  const timescale = sidx.readUInt32BE(16);
  const at = isWide ? 36 : 28;
  const count = sidx.readUInt16BE(at + 2);
  // It begins at once and at zero.
  sure(numberAt(sidx, 20, isWide) === 0 && numberAt(sidx, isWide ? 28 : 24, isWide) === 0);
  sure(timescale > 0 && count > 0 && at + 4 + count * 12 === sidx.length);
  let [place, duration] = [end, 0];
  for (let entry = at + 4; entry < sidx.length; entry += 12) {
    const bytes = sidx.readUInt32BE(entry);
    // Those beyond name another index.
    sure(bytes > 0 && bytes < 2 ** 31);
    place += bytes;
    duration += sidx.readUInt32BE(entry + 4);
  }
  return { timescale, duration, end: place, firstEnd: end + sidx.readUInt32BE(at + 4) };
}

/** What the first fragment (§8.8) says of its samples. `at` is where its `moof` begins, `end` where its media ends. */
export function readFragment(moov: Buffer, mvex: Box, moof: Buffer, at: number, end: number): Samples {
  const boxes = childrenOf(moof, { start: 8, end: moof.length }, ["mfhd", "traf"]);
  const traf = childrenOf(moof, boxes.only("traf"), ["tfhd", "tfdt", "trun", "sdtp", "sgpd", "sbgp"]);
  const header = traf.only("tfhd");
  const flags = moof.readUInt32BE(header.start);
  const extension = childrenOf(moov, mvex, ["mehd", "trex"]).only("trex");
  sure(extension.end - extension.start === 24 && moov.readUInt32BE(extension.start + 8) === 1);
  sure(moof.readUInt32BE(header.start + 4) === moov.readUInt32BE(extension.start + 4));
  // Places count from the fragment; other descriptions of its samples are not looked for.
  sure((flags & ~0x38) === 0x020000);
  let place = header.start + 8;
  const ownOr = (flag: number, common: number) => {
    if ((flags & flag) === 0) return moov.readUInt32BE(extension.start + common);
    place += 4;
    return moof.readUInt32BE(place - 4);
  };
  const usual = { duration: ownOr(0x08, 12), bytes: ownOr(0x10, 16) };
  const time = traf.only("tfdt");
  sure(numberAt(moof, time.start + 4, versionOf(moof, time) === 1) === 0);
  return readRun(moof, traf.only("trun"), usual, { start: at + moof.length + 8, end, moof: at });
}

function readRun(
  moof: Buffer,
  run: Box,
  usual: { readonly duration: number; readonly bytes: number },
  media: { readonly start: number; readonly end: number; readonly moof: number },
): Samples {
  const version = versionOf(moof, run);
  const flags = moof.readUInt32BE(run.start) & 0xffffff;
  const count = moof.readUInt32BE(run.start + 4);
  sure((flags & ~0xf05) === 0 && (flags & 0x1) !== 0 && count > 0 && count <= mostSamples);
  const begin = media.moof + moof.readInt32BE(run.start + 8);
  let place = run.start + 12 + ((flags & 0x4) === 0 ? 0 : 4);
  const next = (flag: number, common: number) => {
    if ((flags & flag) === 0) return common;
    place += 4;
    return moof.readUInt32BE(place - 4);
  };
  const order = createOrder();
  let [end, firstBytes, firstDelay] = [begin, 0, 0];
  for (let sample = 0; sample < count; sample++) {
    const duration = next(0x100, usual.duration);
    const bytes = next(0x200, usual.bytes);
    next(0x400, 0);
    const delay = next(0x800, 0);
    sure(duration < 2 ** 31 && delay < 2 ** 31 && (version === 1 || version === 0));
    order.add(1, duration, delay);
    if (sample === 0) [firstBytes, firstDelay] = [bytes, delay];
    end += bytes;
  }
  sure(place === run.end && begin === media.start && end === media.end);
  const { duration, isReordered } = order;
  return {
    count,
    duration: duration(),
    isReordered: isReordered(),
    firstDelay,
    first: { at: begin, bytes: firstBytes },
  };
}

/** Makes sure that the tables of a movie in fragments hold nothing. */
export function checkEmpty(moov: Buffer, tables: Children): void {
  for (const name of ["stts", "stsc", "stco"]) sure(entriesOf(moov, tables.only(name), 1).count === 0);
  const sizes = tables.only("stsz");
  sure(sizes.end - sizes.start === 12 && moov.readUInt32BE(sizes.start + 8) === 0);
  sure(["ctts", "stss", "co64"].every((name) => tables.optional(name) === null));
}
