import { audioRecipes, type ClipSet, clipName, clipSeconds, muxedClipName, videoRecipes } from "../clip-recipe.ts";

/** A format as YouTube lists it, tied to the clip that holds its bytes. */
export interface SampleFormat {
  readonly itag: number;
  /** Name of the clip below the clips' folder. */
  readonly clip: string;
  /** Listed under `formats` (picture and sound in one file) rather than `adaptiveFormats`. */
  readonly muxed: boolean;
  /** What the player response says of it, apart from its address and size. */
  readonly listing: Readonly<Record<string, unknown>>;
}

const muxedItag = 18;

/** Every itag the double knows, in the order YouTube lists them. */
export const knownItags: readonly number[] = [
  muxedItag,
  ...videoRecipes.map((r) => r.itag),
  ...audioRecipes.map((r) => r.itag),
];

/** Describes one itag of a clip set, or nothing when the set has no such clip. */
export function sampleFormat(set: ClipSet, itag: number): SampleFormat | undefined {
  const common = { projectionType: "RECTANGULAR", approxDurationMs: String(clipSeconds[set] * 1000) };
  if (itag === muxedItag) {
    const listing = {
      ...common,
      mimeType: 'video/mp4; codecs="avc1.42001E, mp4a.40.2"',
      ...picture(set, 640, 360, 30),
      audioQuality: "AUDIO_QUALITY_LOW",
      audioSampleRate: "44100",
      audioChannels: 2,
    };
    return { itag, clip: muxedClipName(set), muxed: true, listing };
  }
  const video = videoRecipes.find((recipe) => recipe.itag === itag && recipe.sets.includes(set));
  if (video) {
    const container = video.codec.startsWith("vp9") ? "webm" : "mp4";
    const listing = {
      ...common,
      mimeType: `video/${container}; codecs="${videoCodecs[video.codec]}"`,
      ...picture(set, video.long, video.short, video.fps, video.codec === "vp9-hdr"),
      ...(video.codec === "vp9-hdr" ? { colorInfo: hdrColours } : {}),
    };
    return { itag, clip: clipName(set, video), muxed: false, listing };
  }
  const audio = audioRecipes.find((recipe) => recipe.itag === itag && recipe.sets.includes(set));
  if (!audio) return undefined;
  const listing = {
    ...common,
    mimeType: audio.codec === "aac" ? 'audio/mp4; codecs="mp4a.40.2"' : 'audio/webm; codecs="opus"',
    quality: "tiny",
    audioQuality: audio.kbps > 100 ? "AUDIO_QUALITY_MEDIUM" : "AUDIO_QUALITY_LOW",
    audioSampleRate: String(audio.sampleRate),
    audioChannels: 2,
  };
  return { itag, clip: clipName(set, audio), muxed: false, listing };
}

const videoCodecs = {
  h264: "avc1.4d401f",
  vp9: "vp9",
  "vp9-hdr": "vp09.02.51.10.01.09.16.09.00",
  av1: "av01.0.08M.08",
} as const;

const hdrColours = {
  primaries: "COLOR_PRIMARIES_BT2020",
  transferCharacteristics: "COLOR_TRANSFER_CHARACTERISTICS_SMPTEST2084",
  matrixCoefficients: "COLOR_MATRIX_COEFFICIENTS_BT2020_NCL",
};

const qualityNames: Readonly<Record<number, string>> = {
  144: "tiny",
  240: "small",
  360: "medium",
  480: "large",
  720: "hd720",
  1080: "hd1080",
  1440: "hd1440",
  2160: "hd2160",
};

function picture(set: ClipSet, long: number, short: number, fps: number, hdr = false): Record<string, unknown> {
  const [width, height] = set === "portrait" ? [short, long] : [long, short];
  const label = `${short}p${fps > 30 ? fps : ""}${hdr ? " HDR" : ""}`;
  return { width, height, fps, quality: qualityNames[short], qualityLabel: label };
}
