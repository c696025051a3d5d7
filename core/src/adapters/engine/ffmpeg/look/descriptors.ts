import type { Box } from "../../media-index/index.ts";
import { known, sure } from "./sure.ts";

/** The decoder's configuration in an elementary stream descriptor (ISO/IEC 14496-1 §7.2.6.5) of AAC. */
export function aacConfig(moov: Buffer, { start, end }: Box): Uint8Array {
  sure(moov.readUInt32BE(start) === 0);
  const stream = descriptorAt(moov, start + 4, end, 0x03);
  // None of the optional parts.
  sure(moov[stream.start + 2] === 0);
  const decoder = descriptorAt(moov, stream.start + 3, stream.end, 0x04);
  // MPEG-4 sound in an audio stream.
  sure(moov[decoder.start] === 0x40 && known(moov[decoder.start + 1]) >> 2 === 5);
  const config = descriptorAt(moov, decoder.start + 13, decoder.end, 0x05);
  return moov.subarray(config.start, config.end);
}

function descriptorAt(moov: Buffer, at: number, until: number, tag: number): { start: number; end: number } {
  sure(moov[at] === tag);
  let size = 0;
  for (let start = at + 1; start < at + 5; ) {
    const byte = known(moov[start++]);
    size = size * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      sure(start + size <= until);
      return { start, end: start + size };
    }
  }
  return sure(false) as never;
}
