import { bitReader } from "./bits.ts";
import type { PictureFacts } from "./facts.ts";
import { known, sure } from "./sure.ts";

const profiles = ["Main", "High", "Professional"];
const unspecified = 2;

/**
 * What `av1C` (AV1 codec ISO media file format binding §2.3) says of the pictures, which the first sample has to repeat: it is what a
 * decoder goes by.
 */
export function readAv1(config: Buffer, sample: Buffer): PictureFacts {
  sure(config[0] === 0x81);
  const facts = readSequence(contentOf(config.subarray(4)));
  const repeated = readSequence(contentOf(sample));
  sure(Object.entries(facts).every(([name, value]) => repeated[name as keyof PictureFacts] === value));
  return facts;
}

/** The content of the first unit (AV1 specification §5.3), a sequence header. */
function contentOf(units: Buffer): Buffer {
  const size = known(units[1]);
  // It has a size and no extension.
  sure(units[0] === 0x0a && size < 0x80 && units.length >= 2 + size);
  return units.subarray(2, 2 + size);
}

/** A sequence header (§5.5) of a stream without layers and without timing of a decoder. */
function readSequence(header: Buffer): PictureFacts {
  const { bits, flag } = bitReader(header);
  const profile = bits(3);
  bits(1);
  sure(!flag());
  // No timing, and one point of operation, which has a level, and may have a tier and a delay of its display.
  sure(!flag());
  const hasDelay = flag();
  sure(bits(5) === 0);
  bits(12);
  if (bits(5) > 7) bits(1);
  if (hasDelay && flag()) bits(4);
  const [widthBits, heightBits] = [bits(4) + 1, bits(4) + 1];
  const [width, height] = [bits(widthBits) + 1, bits(heightBits) + 1];
  if (flag()) bits(7);
  bits(3);
  bits(4);
  const hasOrder = flag();
  if (hasOrder) bits(2);
  const choosesTools = flag() ? 2 : bits(1);
  if (choosesTools > 0 && !flag()) bits(1);
  if (hasOrder) bits(3);
  bits(3);
  return { codec_name: "av1", profile: known(profiles[profile]), width, height, ...readColour(profile, bits, flag) };
}

/** §5.5.2; of pictures in 4:2:0 that use the values of video. */
function readColour(profile: number, bits: (count: number) => number, flag: () => boolean) {
  const isDeep = flag();
  sure(profile === 0);
  // Not of one colour alone.
  sure(!flag());
  let transfer = unspecified;
  if (flag()) {
    bits(8);
    transfer = bits(8);
    sure(bits(8) !== 0);
  }
  sure(!flag());
  return { pix_fmt: isDeep ? "yuv420p10le" : "yuv420p", bits_per_raw_sample: null, transfer };
}
