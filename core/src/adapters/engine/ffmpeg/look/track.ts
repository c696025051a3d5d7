import type { Box } from "../../media-index/index.ts";
import { type ProbedStream, primingSeconds } from "../probed.ts";
import { type Children, childrenOf, numberAt, versionOf } from "./boxes.ts";
import { decoderOf, type ReadBytes } from "./decoder.ts";
import { checkEmpty, type Fragments } from "./fragments.ts";
import { readSamples } from "./sample-times.ts";
import { known, sure } from "./sure.ts";

/** What a track is looked at with. */
export interface Movie {
  readonly moov: Buffer;
  /** Units of a second in which the lists of edits count. */
  readonly timescale: number;
  /** Where the media lies in the file, or what its first fragment says. */
  readonly media: Pick<Box, "start" | "end"> | Fragments;
  /** Reads the start of a sample. */
  readonly read: ReadBytes;
}

/** Matrices (§6.2.2) by how many degrees they turn a picture, as ffprobe counts: against the clock. */
const matrices: Readonly<Record<string, number>> = {
  "00010000 00000000 00000000 00010000": 0,
  "00000000 00010000 ffff0000 00000000": -90,
  "ffff0000 00000000 00000000 ffff0000": -180,
  "00000000 ffff0000 00010000 00000000": 90,
};

/** How a matrix turns. What it moves a picture by is not looked at, as FFmpeg does not. */
export function turnOf(moov: Buffer, at: number): number {
  const [a, b, u, c, d, v] = [0, 4, 8, 12, 16, 20].map((place) => moov.toString("hex", at + place, at + place + 4));
  sure(u === "00000000" && v === "00000000" && moov.readUInt32BE(at + 32) === 0x4000_0000);
  return known(matrices[`${a} ${b} ${c} ${d}`]);
}

/** What ffprobe says of a track (ISO/IEC 14496-12 §8.3 to §8.6). */
export async function readTrack(movie: Movie, trak: Box): Promise<ProbedStream> {
  const { moov } = movie;
  const boxes = childrenOf(moov, trak, ["tkhd", "edts", "mdia"]);
  const media = childrenOf(moov, boxes.only("mdia"), ["mdhd", "hdlr", "minf"]);
  const handler = media.only("hdlr");
  const kind = moov.toString("latin1", handler.start + 8, handler.start + 12);
  sure(kind === "vide" || kind === "soun");
  const isPicture = kind === "vide";
  const information = childrenOf(moov, media.only("minf"), [isPicture ? "vmhd" : "smhd", "dinf", "stbl"]);
  checkReference(moov, information.only("dinf"));
  const tables = childrenOf(moov, information.only("stbl"), tableNames);
  const fragments = "samples" in movie.media ? movie.media : null;
  const samples = "samples" in movie.media ? movie.media.samples : readSamples(moov, tables, movie.media);
  const { flags, turn } = readHeader(moov, boxes.only("tkhd"));
  const { timescale, duration, language } = readMediaHeader(moov, media.only("mdhd"));
  const edit = readEdits(movie, boxes, timescale);
  // What is shown begins with the first sample, or may begin anywhere where a list of edits says it.
  if (edit === null) sure(samples.firstDelay === 0);
  // Where more of the media is hidden than a sound needs to begin, the packets tell how much.
  else sure((edit.from - samples.firstDelay) / timescale < primingSeconds);
  if (fragments === null) sure(duration === samples.duration && edit?.length !== 0);
  else {
    checkEmpty(moov, tables);
    sure(
      fragments.timescale === timescale && (edit === null || (edit.empty === 0 && edit.from === samples.firstDelay)),
    );
  }
  const shown = fragments?.duration ?? (edit === null ? duration : Math.min(duration, edit.empty + edit.length));
  const decoder = await decoderOf(movie, tables.only("stsd"), isPicture, { ...samples, isAll: fragments === null });
  return {
    ...decoder,
    avg_frame_rate: isPicture ? `${timescale * samples.count}/${samples.duration}` : "0/0",
    duration: seconds(shown, timescale),
    start_time: seconds(edit?.empty ?? 0, timescale),
    side_data_list: isPicture && turn !== 0 ? [{ rotation: turn }] : [],
    tags: { DURATION: null, language },
    disposition: { attached_pic: 0, default: flags & 1 },
  };
}

const tableNames = ["stsd", "stts", "ctts", "stsc", "stsz", "stco", "co64", "stss", "sgpd", "sbgp", "sdtp"];

/** As ffprobe writes it: with six digits. */
export const seconds = (units: number, timescale: number): number => Number((units / timescale).toFixed(6));

function readHeader(moov: Buffer, box: Box): { readonly flags: number; readonly turn: number } {
  const isWide = versionOf(moov, box) === 1;
  sure(box.end - box.start === (isWide ? 96 : 84));
  return { flags: moov.readUInt32BE(box.start), turn: turnOf(moov, box.start + (isWide ? 52 : 40)) };
}

function readMediaHeader(moov: Buffer, box: Box) {
  const isWide = versionOf(moov, box) === 1;
  sure(box.end - box.start === (isWide ? 36 : 24));
  const at = box.start + (isWide ? 20 : 12);
  const timescale = moov.readUInt32BE(at);
  const duration = numberAt(moov, at + 4, isWide);
  const code = moov.readUInt16BE(at + (isWide ? 12 : 8));
  // Smaller codes are those of the old Macintosh.
  sure(timescale > 0 && timescale < 2 ** 31 && code >= 0x400 && code !== 0x7fff);
  const language = String.fromCharCode(...[10, 5, 0].map((shift) => 0x60 + ((code >> shift) & 0x1f)));
  return { timescale, duration, language };
}

/** All of its media lies in the same file. */
function checkReference(moov: Buffer, dinf: Box): void {
  const list = childrenOf(moov, dinf, ["dref"]).only("dref");
  const entries = childrenOf(moov, { start: list.start + 8, end: list.end }, ["url "]);
  sure(moov.readUInt32BE(list.start + 4) === 1 && moov.readUInt32BE(entries.only("url ").start) === 1);
}

/**
 * The one stretch of the media that is shown, and how much later than the movie it begins, in units of the track. Null: all of it, from the
 * start.
 */
function readEdits({ moov, timescale: global }: Movie, trak: Children, timescale: number) {
  const edts = trak.optional("edts");
  if (edts === null) return null;
  const list = childrenOf(moov, edts, ["elst"]).only("elst");
  const isWide = versionOf(moov, list) === 1;
  const count = moov.readUInt32BE(list.start + 4);
  const [entryBytes, timeBytes] = isWide ? [20, 8] : [12, 4];
  sure((count === 1 || count === 2) && list.start + 8 + count * entryBytes === list.end);
  const entries = Array.from({ length: count }, (_, index) => {
    const at = list.start + 8 + index * entryBytes;
    const from = isWide ? Number(moov.readBigInt64BE(at + timeBytes)) : moov.readInt32BE(at + timeBytes);
    sure(Number.isSafeInteger(from) && moov.readUInt32BE(at + 2 * timeBytes) === 0x10000);
    return { from, length: Math.round((numberAt(moov, at, isWide) * timescale) / global) };
  });
  const shown = known(entries.at(-1));
  const empty = count === 2 ? known(entries[0]) : { from: -1, length: 0 };
  sure(empty.from === -1 && shown.from >= 0);
  return { empty: empty.length, from: shown.from, length: shown.length };
}
