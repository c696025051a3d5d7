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
