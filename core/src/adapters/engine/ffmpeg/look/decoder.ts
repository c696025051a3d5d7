import type { Box } from "../../media-index/index.ts";
import { readAac } from "./aac.ts";
import { readAv1 } from "./av1.ts";
import { type Children, childrenOf } from "./boxes.ts";
import { aacConfig } from "./descriptors.ts";
import { type Decoder, describePicture, describeSound, type PictureFacts, transferOf } from "./facts.ts";
import { checkKeyFrame, readH264 } from "./h264.ts";
import { readOpus } from "./opus.ts";
import type { Samples } from "./sample-times.ts";
import { known, sure } from "./sure.ts";
import { readVp9 } from "./vp9.ts";

/** Reads so many bytes of the file. */
export type ReadBytes = (at: number, bytes: number) => Promise<Buffer>;

/** Before the first key frame of a file lies what its encoder has to say. */
const headBytes = 64 << 10;

/** What the description of the samples (ISO/IEC 14496-12 §8.5.2 and §12) says. */
export async function decoderOf(
  { moov, read }: { readonly moov: Buffer; readonly read: ReadBytes },
  stsd: Box,
  isPicture: boolean,
  samples: Samples & { readonly isAll: boolean },
): Promise<Decoder> {
  const names = Object.keys(isPicture ? pictureBoxes : soundBoxes);
  const entries = childrenOf(moov, { start: stsd.start + 8, end: stsd.end }, names);
  sure(moov.readUInt32BE(stsd.start) === 0 && moov.readUInt32BE(stsd.start + 4) === 1);
  const entry = known(names.map(entries.optional).find((box) => box !== null));
  if (!isPicture) return soundOf(moov, entry);
  const name = known(pictureBoxes[entry.name]);
  const boxes = childrenOf(moov, { start: entry.start + 78, end: entry.end }, [name, ...anyPicture]);
  const box = boxes.only(name);
  const config = moov.subarray(box.start, box.end);
  const head = await read(samples.first.at, Math.min(samples.first.bytes, headBytes));
  const colour = colourOf(moov, boxes);
  if (name === "avcC") {
    const facts = readH264(config);
    checkKeyFrame(facts, head, samples.first.bytes);
    // Of fragments FFmpeg knows what the decoder says alone.
    const isReordered = (samples.isAll && samples.isReordered) || known(facts.mayReorder);
    sure(isReordered || !samples.isReordered);
    return pictureOf(moov, entry, facts, colour, isReordered);
  }
  // Decoders of what is newer never tell that they reorder.
  if (name === "vpcC") return pictureOf(moov, entry, readVp9(head), known(config[8]), false);
  return pictureOf(moov, entry, readAv1(config, head), colour, false);
}

/** How an entry of the table calls the configuration of its decoder. */
const pictureBoxes: Readonly<Record<string, string>> = { avc1: "avcC", av01: "av1C", vp09: "vpcC" };
const soundBoxes: Readonly<Record<string, string>> = { mp4a: "esds", Opus: "dOps" };
const anyPicture = ["pasp", "colr", "btrt", "fiel", "clli", "mdcv"];

function pictureOf(
  moov: Buffer,
  { start }: Box,
  facts: PictureFacts,
  transfer: number | null,
  isReordered: boolean,
): Decoder {
  // A file that cuts off more than its pictures say is shown as it says by some players alone.
  sure(moov.readUInt16BE(start + 24) === facts.width && moov.readUInt16BE(start + 26) === facts.height);
  const codecTag = moov.toString("latin1", start - 4, start);
  return describePicture(facts, { codecTag, transfer: transferOf(facts.transfer, transfer), isReordered });
}

/** Transfer characteristics that the container names; pictures of all 256 values have a pixel format of another name. */
function colourOf(moov: Buffer, boxes: Children): number | null {
  const colour = boxes.optional("colr");
  if (colour === null) return null;
  const kind = moov.toString("latin1", colour.start, colour.start + 4);
  sure((kind === "nclx" && moov.readUInt8(colour.start + 10) < 0x80) || kind === "nclc");
  return moov.readUInt16BE(colour.start + 6);
}

function soundOf(moov: Buffer, entry: Box): Decoder {
  // Of the version of ISO, not of QuickTime.
  sure(moov.readUInt16BE(entry.start + 8) === 0);
  const name = known(soundBoxes[entry.name]);
  const box = childrenOf(moov, { start: entry.start + 28, end: entry.end }, [name, "btrt"]).only(name);
  const facts = name === "esds" ? readAac(aacConfig(moov, box)) : readOpus(moov.subarray(box.start, box.end));
  return describeSound(facts, moov.toString("latin1", entry.start - 4, entry.start));
}
