import { type Box, headOf } from "../../media-index/index.ts";
import type { Probed } from "../probed.ts";
import { type Children, childrenOf, namedIn, numberAt, versionOf } from "./boxes.ts";
import type { ReadBytes } from "./decoder.ts";
import { type Fragments, readFragment, readIndex } from "./fragments.ts";
import { known, sure } from "./sure.ts";
import { readTrack, seconds, turnOf } from "./track.ts";

/** An hour of picture and sound has as much. What is larger would keep the process from its other work. */
const mostIndexBytes = 2 << 20;
const mostBoxes = 64;
const mostTracks = 16;
/** Brands (ISO/IEC 14496-12 §4.3) whose files FFmpeg reads by the rules of ISO, not by those of QuickTime. */
const brands = /^(iso[m2-9]|mp4[12]|avc1|M4[AV] |dash|MSNV|f4v |mmp4)$/;

/** What ffprobe says of an MP4: the box of its movie is read, and the start of each first sample; of fragments the first. */
export async function lookAtMp4(read: ReadBytes, bytes: number): Promise<Probed> {
  const top = await readTop(read, bytes);
  const movie = top.only("moov");
  sure(movie.end - movie.start <= mostIndexBytes);
  const moov = await read(movie.start, movie.end - movie.start);
  const boxes = childrenOf(moov, { start: 8, end: moov.length }, ["mvhd", "trak", "mvex", "udta"]);
  const { timescale, duration } = readMovieHeader(moov, boxes.only("mvhd"));
  checkUserData(moov, boxes.optional("udta"));
  const traks = boxes.all("trak");
  const extension = boxes.optional("mvex");
  sure(extension !== null || duration > 0);
  sure(traks.length > 0 && traks.length <= (extension === null ? mostTracks : 1));
  const media = extension === null ? wholeMedia(top) : await firstFragment(read, bytes, top, { moov, mvex: extension });
  const streams: Probed["streams"] = [];
  for (const trak of traks) streams.push(await readTrack({ moov, timescale, media, read }, trak));
  return {
    format: {
      format_name: "mov,mp4,m4a,3gp,3g2,mj2",
      duration: extension === null ? seconds(duration, timescale) : (streams[0]?.duration ?? null),
      start_time: Math.min(...streams.map(({ start_time }) => start_time ?? 0)),
    },
    streams,
    chapters: [],
  };
}

/** The boxes of the file, to its last byte or to its first fragment. */
async function readTop(read: ReadBytes, bytes: number): Promise<Children> {
  const boxes: Box[] = [];
  for (let at = 0; at < bytes && boxes.at(-1)?.name !== "moof"; ) {
    const start = await read(at, 16);
    const { name, size } = known(headOf(start, bytes - at));
    sure(boxes.length < mostBoxes && topNames.includes(name));
    // None whose size is left open; of 64 bits that of the media alone.
    sure(start.readUInt32BE(0) === size || (name === "mdat" && start.readUInt32BE(0) === 1));
    boxes.push({ name, start: at, end: at + size });
    at += size;
  }
  sure(boxes[0]?.name === "ftyp" && brands.test((await read(8, 4)).toString("latin1")));
  return namedIn(boxes);
}

const topNames = ["ftyp", "moov", "mdat", "free", "sidx", "moof"];

function wholeMedia(top: Children): Pick<Box, "start" | "end"> {
  sure(top.optional("sidx") === null && top.optional("moof") === null);
  const { start, end } = top.only("mdat");
  return { start: start + 8, end };
}

/** Behind all fragments lies nothing, or a table for random access, which ends with its own size. */
async function checkTail(read: ReadBytes, end: number, bytes: number): Promise<void> {
  if (end === bytes) return;
  sure(end + 16 <= bytes);
  const head = await read(end, 8);
  sure(head.toString("latin1", 4) === "mfra" && end + head.readUInt32BE(0) === bytes);
  sure((await read(bytes - 4, 4)).readUInt32BE(0) === bytes - end);
}

/** The first fragment, which follows the index of all of them. */
async function firstFragment(
  read: ReadBytes,
  bytes: number,
  top: Children,
  { moov, mvex }: { readonly moov: Buffer; readonly mvex: Box },
): Promise<Fragments> {
  const [sidx, moof] = [top.only("sidx"), top.only("moof")];
  sure(sidx.end === moof.start && top.optional("mdat") === null);
  sure(sidx.end - sidx.start <= mostIndexBytes && moof.end - moof.start <= mostIndexBytes);
  const index = readIndex(await read(sidx.start, sidx.end - sidx.start), sidx.end);
  await checkTail(read, index.end, bytes);
  const head = await read(moof.end, 8);
  sure(head.toString("latin1", 4) === "mdat" && moof.end + head.readUInt32BE(0) === index.firstEnd);
  const fragment = await read(moof.start, moof.end - moof.start);
  const { timescale, duration, firstEnd } = index;
  return { timescale, duration, samples: readFragment(moov, mvex, fragment, moof.start, firstEnd) };
}

function readMovieHeader(moov: Buffer, box: Box): { readonly timescale: number; readonly duration: number } {
  const isWide = versionOf(moov, box) === 1;
  sure(box.end - box.start === (isWide ? 112 : 100));
  const at = box.start + (isWide ? 20 : 12);
  const timescale = moov.readUInt32BE(at);
  const duration = numberAt(moov, at + 4, isWide);
  sure(timescale > 0 && timescale < 2 ** 31 && duration < (isWide ? 2 ** 53 : 0xffff_ffff));
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
