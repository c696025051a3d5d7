import type { SoundFacts } from "./facts.ts";
import { known, sure } from "./sure.ts";

/** What `dOps` (Encapsulation of Opus in ISO base media file format §4.3.2) says of sound in one or two channels. */
export function readOpus(config: Buffer): SoundFacts {
  const channels = known(config[1]);
  sure(config.length === 11 && config[0] === 0 && (channels === 1 || channels === 2) && config[10] === 0);
  return { codec_name: "opus", profile: null, channels };
}

/** The same of the head of a stream (RFC 7845 §5.1). */
export function readOpusHead(config: Buffer): SoundFacts {
  sure(config.length === 19 && config.toString("latin1", 0, 8) === "OpusHead" && config[8] === 1);
  const channels = known(config[9]);
  sure((channels === 1 || channels === 2) && config[18] === 0);
  return { codec_name: "opus", profile: null, channels };
}
