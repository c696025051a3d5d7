import type { SoundFacts } from "./facts.ts";
import { known, sure } from "./sure.ts";

/** What `dOps` (Encapsulation of Opus in ISO base media file format §4.3.2) says of sound in one or two channels. */
export function readOpus(config: Buffer): SoundFacts {
  const channels = known(config[1]);
  sure(config.length === 11 && config[0] === 0 && (channels === 1 || channels === 2) && config[10] === 0);
  return { codec_name: "opus", profile: null, channels };
}
