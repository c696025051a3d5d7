import { type BitReader, bitReader } from "./bits.ts";
import type { PictureFacts } from "./facts.ts";
import { known, sure } from "./sure.ts";

/** FFmpeg's names of the profiles that are read. */
const profiles: Readonly<Record<number, string>> = {
  66: "Baseline",
  77: "Main",
  100: "High",
  110: "High 10",
  122: "High 4:2:2",
  244: "High 4:4:4 Predictive",
};
const chromaNames = ["gray", "yuv420p", "yuv422p", "yuv444p"];

/** What a sequence parameter set of H.264 says (ITU-T H.264 §7.3.2.1 and §E.1.1) of a picture that is not interlaced. */
export function readSequence(nal: Uint8Array): PictureFacts & { readonly mayReorder: boolean | null } {
  const reader = bitReader(withoutEmulation(nal.subarray(1)));
  const { bits, flag, golomb, signedGolomb } = reader;
  const profile = bits(8);
  const constraints = bits(8);
  bits(8);
  golomb();
  const name = known(profiles[profile]);
  // Intra profiles have names of their own.
  sure(profile < 110 || (constraints & 0x10) === 0);
  const { chroma, depth } = profile < 100 ? { chroma: 1, depth: 8 } : readChroma(reader);
  golomb();
  const order = golomb();
  if (order === 0) golomb();
  else if (order === 1) {
    bits(1);
    signedGolomb();
    signedGolomb();
    const cycle = golomb();
    sure(cycle < 256);
    for (let index = 0; index < cycle; index++) signedGolomb();
  } else sure(order === 2);
  golomb();
  bits(1);
  const columns = golomb() + 1;
  const rows = golomb() + 1;
  // Frames only: fields are shown and counted in another way.
  sure(flag());
  bits(1);
  const [left, right, top, bottom] = flag() ? [golomb(), golomb(), golomb(), golomb()] : [0, 0, 0, 0];
  const usage = flag() ? readUsage(reader) : { transfer: null, reordered: null };
  const [unitWidth, unitHeight] = [chroma === 3 ? 1 : 2, chroma === 1 ? 2 : 1];
  const isBaseline = profile === 66;
  return {
    codec_name: "h264",
    profile: isBaseline && (constraints & 0x40) !== 0 ? "Constrained Baseline" : name,
    width: columns * 16 - (left + right) * unitWidth,
    height: rows * 16 - (top + bottom) * unitHeight,
    pix_fmt: `${chromaNames[chroma]}${depth === 8 ? "" : "10le"}`,
    bits_per_raw_sample: depth,
    transfer: usage.transfer,
    mayReorder: usage.reordered === null ? (isBaseline || order === 2 ? false : null) : usage.reordered > 0,
  };
}

function readChroma({ bits, flag, golomb, signedGolomb }: BitReader): { chroma: number; depth: number } {
  const chroma = golomb();
  sure(chroma >= 1 && chroma <= 3);
  if (chroma === 3) sure(!flag());
  const depth = 8 + golomb();
  sure((depth === 8 || depth === 10) && 8 + golomb() === depth);
  bits(1);
  if (flag()) {
    for (let list = 0; list < (chroma === 3 ? 12 : 8); list++) {
      if (!flag()) continue;
      let [last, next] = [8, 8];
      for (let index = 0; index < (list < 6 ? 16 : 64) && next !== 0; index++) {
        next = (last + signedGolomb() + 256) % 256;
        if (next !== 0) last = next;
      }
    }
  }
  return { chroma, depth };
}

/** How it is to be shown; pictures of all 256 values have a pixel format of another name. */
function readUsage(reader: BitReader): { readonly transfer: number | null; readonly reordered: number | null } {
  const { bits, flag, golomb } = reader;
  if (flag() && bits(8) === 255) bits(32);
  if (flag()) bits(1);
  let transfer: number | null = null;
  if (flag()) {
    bits(3);
    sure(!flag());
    if (flag()) {
      bits(8);
      transfer = bits(8);
      // RGB.
      sure(bits(8) !== 0);
    }
  }
  if (flag()) {
    golomb();
    golomb();
  }
  if (flag()) {
    bits(32);
    bits(32);
    bits(1);
  }
  const decoders = [flag() && readDecoder(reader), flag() && readDecoder(reader)];
  if (decoders.some(Boolean)) bits(1);
  bits(1);
  if (!flag()) return { transfer, reordered: null };
  bits(1);
  for (let index = 0; index < 4; index++) golomb();
  return { transfer, reordered: golomb() };
}

function readDecoder({ bits, golomb }: BitReader): true {
  const count = golomb();
  sure(count < 32);
  bits(8);
  for (let index = 0; index <= count; index++) {
    golomb();
    golomb();
    bits(1);
  }
  bits(20);
  return true;
}

/** A three that keeps two zeros from looking like the start of a unit is left out. */
export function withoutEmulation(bytes: Uint8Array): Uint8Array {
  let zeros = 0;
  return bytes.filter((byte) => {
    const isAdded = zeros >= 2 && byte === 3;
    zeros = byte === 0 ? zeros + 1 : 0;
    return !isAdded;
  });
}
