import { bitReader } from "./bits.ts";
import type { PictureFacts } from "./facts.ts";
import { known, sure } from "./sure.ts";

const subsamplings = ["yuv444p", "yuv440p", "yuv422p", "yuv420p"];
const rgb = 7;

/** What a key frame of VP9 says (VP9 bitstream specification §6.2) of pictures that use the values of video. */
export function readVp9(frame: Buffer): PictureFacts {
  const { bits, flag } = bitReader(frame);
  sure(bits(2) === 2);
  const profile = bits(1) + 2 * bits(1);
  if (profile === 3) sure(!flag());
  // Nothing is shown again, and it is a key frame that is shown.
  sure(!flag() && !flag() && flag());
  bits(1);
  sure(bits(24) === 0x498342);
  const depth = profile < 2 ? 8 : flag() ? 12 : 10;
  sure(bits(3) !== rgb && !flag());
  const [x, y] = profile % 2 === 0 ? [1, 1] : [bits(1), bits(1)];
  if (profile % 2 === 1) sure(!flag());
  const [width, height] = [bits(16) + 1, bits(16) + 1];
  return {
    codec_name: "vp9",
    profile: `Profile ${profile}`,
    width,
    height,
    pix_fmt: `${known(subsamplings[2 * x + y])}${depth === 8 ? "" : `${depth}le`}`,
    bits_per_raw_sample: null,
    transfer: null,
  };
}
