import { bitReader } from "./bits.ts";
import type { SoundFacts } from "./facts.ts";
import { known, sure } from "./sure.ts";

const sampleRates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000];
const channelCounts = [null, 1, 2, 3, 4, 5, 6, 8];

/** An extension that tells that there is no SBR. */
const noExtension = [0x56, 0xe5, 0x00];

/**
 * What a configuration of AAC (ISO/IEC 14496-3 §1.6.2) says, where it is AAC-LC for certain. At lower sample rates the packets may hold an
 * extension (HE-AAC) that the configuration does not mention.
 */
export function readAac(config: Uint8Array): SoundFacts {
  const { bits } = bitReader(config);
  sure(bits(5) === 2);
  const saysNoExtension = config.length === 5 && noExtension.every((byte, index) => config[2 + index] === byte);
  const rate = bits(4);
  sure(rate < 15 && (saysNoExtension || (config.length === 2 && rate < sampleRates.length)));
  const channels = known(channelCounts[bits(4)]);
  // Frames of 1024 samples, of nothing else.
  sure(bits(3) === 0);
  return { codec_name: "aac", profile: "LC", channels };
}
