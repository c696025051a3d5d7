import { z } from "zod";

/** Heights behind the named qualities; `best` and `worst` have none. A quality means "at most this high". */
export const qualityHeights = {
  best: null,
  "4320p": 4320,
  "2160p": 2160,
  "1440p": 1440,
  "1080p": 1080,
  "720p": 720,
  "480p": 480,
  "360p": 360,
  "240p": 240,
  "144p": 144,
  worst: null,
} as const;

export const Quality = z.enum(Object.keys(qualityHeights) as [keyof typeof qualityHeights]);
/** The wanted quality: the smaller side of the picture, at most. */
export type Quality = z.infer<typeof Quality>;

export const VideoContainer = z.enum(["mp4", "mkv", "webm"]);
export type VideoContainer = z.infer<typeof VideoContainer>;

export const VideoCodec = z.enum(["any", "h264", "vp9", "av1"]);
export type VideoCodec = z.infer<typeof VideoCodec>;

export const AudioFormat = z.enum(["best", "mp3", "m4a", "opus", "flac", "wav"]);
export type AudioFormat = z.infer<typeof AudioFormat>;

export const AudioChannels = z.enum(["source", "mono", "stereo"]);
export type AudioChannels = z.infer<typeof AudioChannels>;

const sampleRates = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000];
/** Which of them depends on the format: {@link sampleRatesOf}. */
export const SampleRate = z.int().min(8_000).max(192_000);

const upTo = (most: number) => sampleRates.filter((rate) => rate <= most);
/** The rates that the encoder of a format takes; `best` is not encoded. */
export const sampleRatesOf: Readonly<Record<AudioFormat, readonly number[]>> = {
  best: [],
  mp3: upTo(48_000),
  m4a: upTo(96_000),
  opus: [8_000, 12_000, 16_000, 24_000, 48_000],
  flac: sampleRates,
  wav: sampleRates,
};

/** What a source's machines make of a video: enlarged pictures, and sound of compressed dynamics. */
export const SourceVariant = z.enum(["upscaled", "drc"]);

export const SubtitleFormat = z.enum(["srt", "vtt", "txt", "json", "md"]);
export type SubtitleFormat = z.infer<typeof SubtitleFormat>;

export const Transcribe = z.enum(["never", "missing", "always"]);
export type Transcribe = z.infer<typeof Transcribe>;

export const PictureFormat = z.enum(["jpg", "png", "webp"]);
/** Format of a thumbnail. */
export type PictureFormat = z.infer<typeof PictureFormat>;

export const SponsorBlockCategory = z.enum([
  "sponsor",
  "selfpromo",
  "interaction",
  "intro",
  "outro",
  "preview",
  "music_offtopic",
  "filler",
]);
export type SponsorBlockCategory = z.infer<typeof SponsorBlockCategory>;

export const Priority = z.enum(["high", "normal", "low"]);
/** The lane a job waits in. */
export type Priority = z.infer<typeof Priority>;
