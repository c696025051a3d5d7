import type { VideoContainer } from "../../../jobs/request-values.ts";
import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { MediaStream, Recipe } from "../../../pipeline/transcoder.ts";
import { isPlainH264, isPlainSound } from "../../../pipeline/widely-played.ts";
import { encodeSound } from "./audio-form.ts";
import { captionFilter } from "./caption-filter.ts";
import type { Encoding, Form, Source } from "./form.ts";

type VideoTarget = Extract<Recipe["target"], { kind: "video" }>;

/** How the result is cut, and what is drawn into it. */
export interface VideoCut {
  /** Null: all of it. */
  readonly keep: readonly TimeRange[] | null;
  readonly isExact: boolean;
  /** A file of captions; null: none. */
  readonly burnIn: string | null;
}

interface Container {
  readonly muxer: string;
  readonly takesPicture: (stream: MediaStream) => boolean;
  readonly takesSound: (stream: MediaStream) => boolean;
  readonly encoders: { readonly video: "libx264" | "libvpx-vp9"; readonly audio: "aac" | "libopus" };
}

const oneOf =
  (...codecs: readonly string[]) =>
  ({ codec }: MediaStream) =>
    codecs.includes(codec);

const containers: Readonly<Record<VideoContainer, Container>> = {
  mp4: {
    muxer: "mp4",
    // VP9, AV1 and HEVC are kept: 1440p, HDR and above often exist in them only.
    takesPicture: (stream) => isPlainH264(stream) || oneOf("hevc", "av1", "vp9")(stream),
    takesSound: isPlainSound,
    encoders: { video: "libx264", audio: "aac" },
  },
  mkv: {
    muxer: "matroska",
    // FFmpeg does not write into Matroska how a picture is turned.
    takesPicture: ({ rotation }) => rotation === 0,
    takesSound: () => true,
    encoders: { video: "libx264", audio: "aac" },
  },
  webm: {
    muxer: "webm",
    takesPicture: (stream) => stream.rotation === 0 && oneOf("vp8", "vp9", "av1")(stream),
    takesSound: oneOf("opus", "vorbis"),
    encoders: { video: "libvpx-vp9", audio: "libopus" },
  },
};

/** The options of each encoder of pictures. */
export const encodingOptions = {
  libx264: ["-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"],
  "libvpx-vp9": [
    "-deadline",
    "good",
    "-cpu-used",
    "5",
    "-row-mt",
    "1",
    "-crf",
    "32",
    "-b:v",
    "0",
    "-pix_fmt",
    "yuv420p",
  ],
  libsvtav1: ["-preset", "9", "-crf", "32", "-pix_fmt", "yuv420p"],
  // Ten bits, with the transfer function and colours of the source, which FFmpeg takes over from its frames.
  libx265: ["-preset", "veryfast", "-crf", "22", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=error"],
} as const;

type PlainEncoder = "libx264" | "libvpx-vp9" | "libsvtav1";
const encoderOf = { h264: "libx264", vp9: "libvpx-vp9", av1: "libsvtav1" } as const satisfies Record<
  string,
  PlainEncoder
>;

/** The further options for ten bits: a later option overrides the one before. */
const tenBits = {
  "libvpx-vp9": ["-profile:v", "2", "-pix_fmt", "yuv420p10le"],
  libsvtav1: ["-pix_fmt", "yuv420p10le"],
} as const;

/** 4:2:0 has a sample of colour for two by two pixels, so encoders refuse odd sizes; a line less is not seen. */
const evenSize = "crop=trunc(iw/2)*2:trunc(ih/2)*2";

/** To the range and colours of ordinary screens, as the 8 bits of the encoders are tagged. */
const toneMapping = [
  "zscale=transfer=linear:npl=100",
  "format=gbrpf32le",
  "zscale=primaries=bt709",
  "tonemap=tonemap=hable:desat=0",
  "zscale=transfer=bt709:matrix=bt709:range=tv",
  "format=yuv420p",
];

/** The form of a result with a picture. */
export function videoForm(
  { container: name, hdr: keepsHdr = false, codec = "any", maxFps }: VideoTarget,
  video: Source,
  sounds: readonly Source[],
  cut: VideoCut,
  lacked: readonly string[],
): Form {
  const container = containers[name];
  const hdr = { isKept: keepsHdr, hasHevc: !lacked.includes("libx265") };
  const named = codec === "any" ? container.encoders.video : encoderOf[codec];
  const encoder = lacked.includes(named) ? container.encoders.video : named;
  const isConverted = video.stream.isHdr && !keepsHdr;
  // What the source does not say of a format, its file shows.
  const isOther = codec !== "any" && video.stream.codec !== codec;
  const isFast = maxFps !== undefined && video.stream.fps !== null && video.stream.fps > maxFps * 1.01;
  // Larger pictures, wider ranges and codecs by name are worth more to who asked for them than that every device plays them.
  const isWished = codec !== "any" || (video.stream.isHdr && keepsHdr) || shorterSide(video.stream) > 1_080;
  const isRare = name === "mp4" && !isWished && !isPlainH264(video.stream);
  const isCut = cut.keep !== null;
  // Only in a whole MP4 does a copy hide it as well.
  const wouldShow =
    [video, ...sounds].some(({ file }) => file.hidesBeginning) &&
    (cut.keep?.[0]?.startSeconds === 0 || (!isCut && name !== "mp4"));
  const encodes =
    isRare ||
    wouldShow ||
    (cut.isExact && isCut) ||
    cut.burnIn !== null ||
    isConverted ||
    isOther ||
    isFast ||
    !container.takesPicture(video.stream);
  const isMp4 = name === "mp4";
  const rate = isFast ? [`fps=${maxFps}`] : [];
  const videoEncoding = encodes ? encodePicture(encoder, video.stream, { burnIn: cut.burnIn, rate }, hdr) : null;
  const isHevc = videoEncoding === null ? video.stream.codec === "hevc" : videoEncoding.encoder === "libx265";
  return {
    extension: name,
    muxer: container.muxer,
    muxerOptions: [
      ...(isMp4 ? ["-movflags", "+faststart"] : []),
      // Apple's players need the tag hvc1; FFmpeg writes hev1 by default.
      ...(isMp4 && isHevc ? ["-tag:v:0", "hvc1"] : []),
      // And avc1, where it keeps the tag of the source.
      ...(isMp4 && videoEncoding === null && video.stream.codecTag === "avc3" ? ["-tag:v:0", "avc1"] : []),
    ],
    video,
    videoEncoding,
    sounds: sounds.map((source) => ({
      source,
      // Where an encoded picture is cut, the sound is cut with it: copied packets would not end where it ends.
      encoding:
        wouldShow || (encodes && isCut) || !container.takesSound(source.stream)
          ? encodeSound(container.encoders.audio, source.stream)
          : null,
    })),
  };
}

const shorterSide = ({ width, height }: MediaStream): number => Math.min(width ?? 0, height ?? 0);

function encodePicture(
  encoder: PlainEncoder,
  stream: MediaStream,
  { burnIn, rate }: Pick<VideoCut, "burnIn"> & { readonly rate: readonly string[] },
  hdr: { readonly isKept: boolean; readonly hasHevc: boolean },
): Encoding {
  // There is no encoder of H.264 for a high dynamic range that players understand.
  const isKept = stream.isHdr && hdr.isKept && (encoder !== "libx264" || hdr.hasHevc);
  const captions = burnIn === null ? [] : [captionFilter(burnIn, stream, isKept)];
  // Captions come last, in the colours of the result.
  const filters = [...rate, ...(stream.isHdr && !isKept ? toneMapping : []), evenSize, ...captions];
  if (!isKept) return { encoder, options: encodingOptions[encoder], filters };
  if (encoder === "libx264") return { encoder: "libx265", options: encodingOptions.libx265, filters };
  return { encoder, options: [...encodingOptions[encoder], ...tenBits[encoder]], filters };
}
