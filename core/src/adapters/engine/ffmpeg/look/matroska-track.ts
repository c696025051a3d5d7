import type { Element } from "../../media-index/index.ts";
import type { ProbedStream } from "../probed.ts";
import { readAac } from "./aac.ts";
import { readAv1 } from "./av1.ts";
import { type Elements, elementsOf } from "./elements.ts";
import {
  type Decoder,
  describePicture,
  describeSound,
  type PictureFacts,
  type SoundFacts,
  transferOf,
} from "./facts.ts";
import { checkKeyFrame, type H264Config, readH264 } from "./h264.ts";
import type { FirstBlock } from "./matroska-blocks.ts";
import { readOpusHead } from "./opus.ts";
import { known, sure } from "./sure.ts";
import { readVp8 } from "./vp8.ts";
import { readVp9 } from "./vp9.ts";

/** Ids of an entry (RFC 9559 §5.1.4) that change nothing, or are looked at. */
const entryIds = [
  ...[0xd7, 0x73c5, 0x83, 0x86, 0x63a2, 0x22b59c, 0x88, 0x23e383, 0x56aa, 0xe0, 0xe1],
  ...[0x9c, 0xb9, 0x55aa, 0x55ab, 0x55ac, 0x55ad, 0x55ae, 0x55af, 0x536e, 0x258688, 0x56bb, 0x6de7, 0x6df8, 0x55ee],
];
const pictureIds = [0xb0, 0xba, 0x9a, 0x9d, 0x54b0, 0x54ba, 0x54b2, 0x55b0, 0x53c0, 0x53b8];
const colourIds = [
  0x55b1, 0x55b2, 0x55b3, 0x55b4, 0x55b5, 0x55b6, 0x55b7, 0x55b8, 0x55b9, 0x55ba, 0x55bb, 0x55bc, 0x55bd, 0x55d0,
];

/** What ffprobe shows where there are no four characters. */
const codecTag = "[0][0][0][0]";

/** A track, which is described when its first block and its tagged length are known. */
export interface Entry {
  readonly number: number;
  /** In hexadecimal. */
  readonly uid: string;
  describe(first: FirstBlock, length: string | null): ProbedStream;
}

export function readEntry(bytes: Buffer, entry: Element): Entry {
  const boxes = elementsOf(bytes, entry, entryIds);
  const kind = boxes.number(0x83, 0);
  const number = boxes.number(0xd7, 0);
  sure((kind === 1 || kind === 2) && number > 0 && number < 127);
  const isPicture = kind === 1;
  const config = boxes.optional(0x63a2);
  const codec = boxes.text(0x86, "");
  const content = config === null ? null : bytes.subarray(config.content, config.end);
  const rest = {
    avg_frame_rate: isPicture ? rateOf(boxes.number(0x23e383, 0)) : "0/0",
    duration: null,
    side_data_list: [],
    disposition: { attached_pic: 0, default: boxes.number(0x88, 1) },
  };
  const delay = Math.round(boxes.number(0x56aa, 0) / 1e6);
  const described = isPicture ? pictureOf(bytes, boxes, codec, content) : () => soundOf(bytes, boxes, codec, content);
  return {
    number,
    uid: known(boxes.hex(0x73c5)),
    describe: (first, length) => ({
      ...described(first),
      ...rest,
      start_time: (first.at - delay) / 1_000,
      tags: { DURATION: length, language: boxes.text(0x22b59c, "eng") },
    }),
  };
}

/** FFmpeg makes a fraction of smaller numbers of it, which may be another one in its fourth digit. */
function rateOf(nanoseconds: number): string {
  sure(nanoseconds > 0 && Math.abs(((1e12 / nanoseconds) % 1) - 0.5) > 0.01);
  return `1000000000/${nanoseconds}`;
}

function pictureOf(
  bytes: Buffer,
  boxes: Elements,
  codec: string,
  config: Buffer | null,
): (first: FirstBlock) => Decoder {
  const video = elementsOf(bytes, boxes.only(0xe0), pictureIds);
  // Neither interlaced nor transparent nor of two eyes.
  sure([0, 2].includes(video.number(0x9a, 0)) && video.number(0x53c0, 0) === 0 && video.number(0x53b8, 0) === 0);
  const colour = video.optional(0x55b0);
  const colours = colour === null ? null : elementsOf(bytes, colour, colourIds);
  // Pictures of all 256 values have a pixel format of another name.
  sure((colours?.number(0x55b9, 0) ?? 0) <= 1);
  return (first) => {
    sure(first.isKey);
    const facts = factsOf(codec, config, first);
    sure(facts.width === video.number(0xb0, 0) && facts.height === video.number(0xba, 0));
    const transfer = transferOf(facts.transfer, colours?.number(0x55ba, null) ?? null);
    return describePicture(facts, { codecTag, transfer, isReordered: known(facts.mayReorder) });
  };
}

type Facts = PictureFacts & Pick<H264Config, "mayReorder">;

function factsOf(codec: string, config: Buffer | null, { head, bytes }: FirstBlock): Facts {
  if (codec === "V_VP9") return { ...readVp9(head), mayReorder: false };
  if (codec === "V_VP8") return { ...readVp8(head), mayReorder: false };
  if (codec === "V_AV1") return { ...readAv1(known(config), head), mayReorder: false };
  sure(codec === "V_MPEG4/ISO/AVC");
  const facts = readH264(known(config));
  checkKeyFrame(facts, head, bytes);
  return facts;
}

function soundOf(bytes: Buffer, boxes: Elements, codec: string, config: Buffer | null): Decoder {
  const audio = elementsOf(bytes, boxes.only(0xe1), [0xb5, 0x9f, 0x6264]);
  const facts = soundFactsOf(codec, known(config));
  sure(facts.channels === audio.number(0x9f, 1));
  return describeSound(facts, codecTag);
}

function soundFactsOf(codec: string, config: Buffer): SoundFacts {
  if (codec === "A_OPUS") return readOpusHead(config);
  sure(codec === "A_AAC");
  return readAac(config);
}
