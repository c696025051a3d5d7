import type { ProbedStream } from "../probed.ts";
import { sure } from "./sure.ts";

/** What the configuration of a decoder says of a picture; names are those of ffprobe. */
export interface PictureFacts {
  readonly codec_name: string;
  readonly profile: string | null;
  readonly width: number;
  readonly height: number;
  readonly pix_fmt: string;
  readonly bits_per_raw_sample: number | null;
  /** A number of ITU-T H.273; null: it is left to the container. */
  readonly transfer: number | null;
}

/** What the configuration of a decoder says of a sound. */
export interface SoundFacts {
  readonly codec_name: string;
  readonly profile: string | null;
  readonly channels: number;
}

/** What a decoder's configuration tells of a stream. */
export type Decoder = Omit<
  ProbedStream,
  "avg_frame_rate" | "duration" | "start_time" | "side_data_list" | "tags" | "disposition"
>;

const nothing = {
  width: null,
  height: null,
  has_b_frames: null,
  pix_fmt: null,
  color_transfer: null,
  channels: null,
  bits_per_raw_sample: null,
  bits_per_sample: null,
};

export function describePicture(
  facts: PictureFacts,
  told: { readonly codecTag: string; readonly transfer: string | null; readonly isReordered: boolean },
): Decoder {
  return {
    ...nothing,
    codec_type: "video",
    codec_name: facts.codec_name,
    profile: facts.profile,
    codec_tag_string: told.codecTag,
    width: facts.width,
    height: facts.height,
    has_b_frames: told.isReordered ? 1 : 0,
    pix_fmt: facts.pix_fmt,
    color_transfer: told.transfer,
    bits_per_raw_sample: facts.bits_per_raw_sample,
  };
}

export const describeSound = (facts: SoundFacts, codecTag: string): Decoder => ({
  ...nothing,
  codec_type: "audio",
  codec_name: facts.codec_name,
  profile: facts.profile,
  codec_tag_string: codecTag,
  channels: facts.channels,
});

/** Numbers of ITU-T H.273 by FFmpeg's names of what goes beyond ordinary screens. */
const transferNames: Readonly<Record<number, string>> = { 16: "smpte2084", 18: "arib-std-b67" };

/** Such a name by what a decoder and its container say, where they agree; null: it is ordinary. */
export function transferOf(...said: readonly (number | null)[]): string | null {
  const names = said.flatMap((number) => (number === null ? [] : [transferNames[number] ?? null]));
  sure(names.every((name) => name === names[0]));
  return names[0] ?? null;
}
