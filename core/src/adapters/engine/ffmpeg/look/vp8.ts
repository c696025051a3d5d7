import type { PictureFacts } from "./facts.ts";
import { known, sure } from "./sure.ts";

/** What a key frame of VP8 says (RFC 6386 §9.1). */
export function readVp8(frame: Buffer): PictureFacts {
  const first = known(frame[0]);
  const version = (first >> 1) & 7;
  // A key frame that is shown.
  sure((first & 1) === 0 && (first & 0x10) !== 0 && version <= 3);
  sure(frame.readUIntBE(3, 3) === 0x9d012a);
  return {
    codec_name: "vp8",
    profile: String(version),
    width: frame.readUInt16LE(6) & 0x3fff,
    height: frame.readUInt16LE(8) & 0x3fff,
    pix_fmt: "yuv420p",
    bits_per_raw_sample: null,
    transfer: null,
  };
}
