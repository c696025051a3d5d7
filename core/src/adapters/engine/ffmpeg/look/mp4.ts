import { type Box, headOf } from "../../media-index/index.ts";
import type { Probed } from "../probed.ts";
import { childrenOf, numberAt, versionOf } from "./boxes.ts";
import type { ReadBytes } from "./decoder.ts";
import { known, sure } from "./sure.ts";
import { readTrack, seconds, turnOf } from "./track.ts";

/** A film of two hours has half as much. What is larger would keep the process from its other work. */
const mostIndexBytes = 4 << 20;
const mostBoxes = 64;
const mostTracks = 16;
/** Brands (ISO/IEC 14496-12 §4.3) whose files FFmpeg reads by the rules of ISO, not by those of QuickTime. */
const brands = /^(iso[m2-9]|mp4[12]|avc1|M4[AV] |dash|MSNV|f4v |mmp4)$/;

/** What ffprobe says of an MP4 whose index tells of all its samples; the box of the movie is read, and the start of each first sample. */
export async function lookAtMp4(read: ReadBytes, bytes: number): Promise<Probed> {
  const { moov, media } = await readTop(read, bytes);
  const boxes = childrenOf(moov, { start: 8, end: moov.length }, ["mvhd", "trak", "udta"]);
  const { timescale, duration } = readMovieHeader(moov, boxes.only("mvhd"));
  checkUserData(moov, boxes.optional("udta"));
  const traks = boxes.all("trak");
  sure(traks.length > 0 && traks.length <= mostTracks);
  const streams: Probed["streams"] = [];
  for (const trak of traks) streams.push(await readTrack({ moov, timescale, media, read }, trak));
  return {
    format: {
      format_name: "mov,mp4,m4a,3gp,3g2,mj2",
      duration: seconds(duration, timescale),
      start_time: Math.min(...streams.map(({ start_time }) => start_time ?? 0)),
    },
    streams,
    chapters: [],
  };
}

/** The movie and where the media lies. Boxes of known kinds fill the file. */
async function readTop(read: ReadBytes, bytes: number) {
  const boxes: Box[] = [];
  for (let at = 0; at < bytes; ) {
    const start = await read(at, 16);
    const { name, size } = known(headOf(start, bytes - at));
    // None whose size is left open.
    sure(boxes.length < mostBoxes && start.readUInt32BE(0) !== 0 && ["ftyp", "moov", "mdat", "free"].includes(name));
    boxes.push({ name, start: at, end: at + size });
    at += size;
  }
  const [first] = boxes;
  const [movie, another] = boxes.filter(({ name }) => name === "moov");
  const [media, more] = boxes.filter(({ name }) => name === "mdat");
  sure(first?.name === "ftyp" && brands.test((await read(8, 4)).toString("latin1")));
  sure(movie !== undefined && movie.end - movie.start <= mostIndexBytes && another === undefined && more === undefined);
  return { moov: await read(movie.start, movie.end - movie.start), media: known(media) };
}

function readMovieHeader(moov: Buffer, box: Box): { readonly timescale: number; readonly duration: number } {
  const isWide = versionOf(moov, box) === 1;
  sure(box.end - box.start === (isWide ? 112 : 100));
  const at = box.start + (isWide ? 20 : 12);
  const timescale = moov.readUInt32BE(at);
  const duration = numberAt(moov, at + 4, isWide);
  sure(timescale > 0 && timescale < 2 ** 31 && duration > 0 && duration < (isWide ? 2 ** 53 : 0xffff_ffff));
  sure(turnOf(moov, at + (isWide ? 28 : 24)) === 0);
  return { timescale, duration };
}

/** Tags, but no covers (which are streams) and no chapters. */
function checkUserData(moov: Buffer, udta: Box | null): void {
  if (udta === null) return;
  const meta = childrenOf(moov, udta, ["meta"]).only("meta");
  sure(moov.readUInt32BE(meta.start) === 0);
  const boxes = childrenOf(moov, { start: meta.start + 4, end: meta.end }, ["hdlr", "ilst", "free"]);
  const tags = boxes.optional("ilst");
  const handler = boxes.only("hdlr");
  sure(moov.toString("latin1", handler.start + 8, handler.start + 12) === "mdir");
  if (tags !== null) childrenOf(moov, tags, tagNames);
}

const tagNames = [
  ...["nam", "ART", "alb", "cmt", "day", "too", "gen", "wrt", "grp", "lyr"].map((name) => `\u00a9${name}`),
  ...[
    "aART",
    "desc",
    "ldes",
    "cprt",
    "tvsh",
    "tvsn",
    "tves",
    "tven",
    "tvnn",
    "trkn",
    "disk",
    "stik",
    "cpil",
    "pgap",
    "hdvd",
  ],
];
