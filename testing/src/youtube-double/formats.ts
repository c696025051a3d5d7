import {
  audioRecipes,
  type ClipSet,
  clipName,
  clipSeconds,
  muxedClipName,
  type VideoRecipe,
  videoRecipes,
} from "../clip-recipe.ts";

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

/** A format that few machines could encode in a test: it is listed as YouTube lists it, and its bytes are those of a smaller one. */
interface LentRecipe extends Pick<VideoRecipe, "itag" | "long" | "short" | "fps"> {
  readonly codec: VideoRecipe["codec"] | "av1-hdr";
  /** The itag whose bytes it has. */
  readonly bytesOf: number;
}

const lentRecipes: readonly LentRecipe[] = [
  { itag: 272, codec: "vp9", long: 7680, short: 4320, fps: 60, bytesOf: 315 },
  { itag: 336, codec: "vp9-hdr", long: 2560, short: 1440, fps: 60, bytesOf: 335 },
  { itag: 337, codec: "vp9-hdr", long: 3840, short: 2160, fps: 60, bytesOf: 335 },
  { itag: 395, codec: "av1", long: 426, short: 240, fps: 30, bytesOf: 394 },
  { itag: 397, codec: "av1", long: 854, short: 480, fps: 30, bytesOf: 396 },
  { itag: 400, codec: "av1", long: 2560, short: 1440, fps: 60, bytesOf: 399 },
  { itag: 401, codec: "av1", long: 3840, short: 2160, fps: 60, bytesOf: 399 },
  { itag: 571, codec: "av1", long: 7680, short: 4320, fps: 60, bytesOf: 399 },
  { itag: 699, codec: "av1-hdr", long: 1920, short: 1080, fps: 60, bytesOf: 399 },
  { itag: 701, codec: "av1-hdr", long: 3840, short: 2160, fps: 60, bytesOf: 399 },
];

/** The known itags, and those whose bytes are lent: all of YouTube's ladder. */
export const ladderItags: readonly number[] = [...knownItags, ...lentRecipes.map((recipe) => recipe.itag)];

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
  const lent = lentRecipes.find((recipe) => recipe.itag === itag);
  const video = videoRecipes.find((recipe) => recipe.itag === (lent?.bytesOf ?? itag) && recipe.sets.includes(set));
  if (video) {
    const { codec, long, short, fps } = lent ?? video;
    const container = codec.startsWith("vp9") ? "webm" : "mp4";
    const isHdr = codec.endsWith("-hdr");
    const listing = {
      ...common,
      mimeType: `video/${container}; codecs="${videoCodecs[codec]}"`,
      ...picture(set, long, short, fps, isHdr),
      ...(isHdr ? { colorInfo: hdrColours } : {}),
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
  "av1-hdr": "av01.0.13M.10.0.110.09.16.09.0",
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
  4320: "highres",
};

function picture(set: ClipSet, long: number, short: number, fps: number, hdr = false): Record<string, unknown> {
  const [width, height] = set === "portrait" ? [short, long] : [long, short];
  const label = `${short}p${fps > 30 ? fps : ""}${hdr ? " HDR" : ""}`;
  return { width, height, fps, quality: qualityNames[short], qualityLabel: label };
}
