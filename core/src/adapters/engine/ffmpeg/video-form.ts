import type { VideoContainer } from "../../../jobs/request-values.ts";
import type { MediaStream } from "../../../pipeline/transcoder.ts";
import { encodeSound } from "./audio-form.ts";
import { captionFilter } from "./caption-filter.ts";
import type { Encoding, Form, Source } from "./form.ts";

/** How the result is cut, and what is drawn into it. */
export interface VideoCut {
  readonly isCut: boolean;
  readonly isExact: boolean;
  /** A file of captions; null: none. */
  readonly burnIn: string | null;
}

interface Container {
  readonly muxer: string;
  readonly takesPicture: (stream: MediaStream) => boolean;
  readonly takesSound: (stream: MediaStream) => boolean;
  readonly encoders: { readonly video: keyof typeof encoders; readonly audio: "aac" | "libopus" };
}

const oneOf =
  (...codecs: readonly string[]) =>
  ({ codec }: MediaStream) =>
    codecs.includes(codec);

/** What every decoder of H.264 reads: 8 bits, 4:2:0. Unknown is taken for it. */
const isPlainH264 = ({ pixelFormat }: MediaStream) =>
  pixelFormat === null || pixelFormat === "yuv420p" || pixelFormat === "yuvj420p";

const containers: Readonly<Record<VideoContainer, Container>> = {
  mp4: {
    muxer: "mp4",
    // VP9, AV1 and HEVC are kept: 1440p, HDR and above often exist in them only.
    takesPicture: (stream) => (stream.codec === "h264" && isPlainH264(stream)) || oneOf("hevc", "av1", "vp9")(stream),
    // Too few players take Opus or Dolby's codecs in MP4.
    takesSound: oneOf("aac", "mp3"),
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

const encoders = {
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
export function videoForm(name: VideoContainer, video: Source, audio: Source | null, cut: VideoCut): Form {
  const container = containers[name];
  const encodes = (cut.isExact && cut.isCut) || cut.burnIn !== null || !container.takesPicture(video.stream);
  const isMp4 = name === "mp4";
  return {
    extension: name,
    muxer: container.muxer,
    muxerOptions: [
      ...(isMp4 ? ["-movflags", "+faststart"] : []),
      // Apple's players need the tag hvc1; FFmpeg writes hev1 by default.
      ...(isMp4 && video.stream.codec === "hevc" && !encodes ? ["-tag:v:0", "hvc1"] : []),
    ],
    video,
    audio,
    videoEncoding: encodes ? encodePicture(container.encoders.video, video.stream, cut.burnIn) : null,
    // Where an encoded picture is cut, the sound is cut with it: copied packets would not end where it ends.
    audioEncoding:
      audio && ((encodes && cut.isCut) || !container.takesSound(audio.stream))
        ? encodeSound(container.encoders.audio, audio.stream, null)
        : null,
  };
}

function encodePicture(encoder: keyof typeof encoders, stream: MediaStream, burnIn: string | null): Encoding {
  const captions = burnIn === null ? [] : [captionFilter(burnIn, stream)];
  // Captions come last, in the colours of the result.
  const filters = [...(stream.isHdr ? toneMapping : []), evenSize, ...captions];
  return { encoder, options: encoders[encoder], filters };
}
