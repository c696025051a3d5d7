import { AppError } from "../../../errors/index.ts";
import type { MediaFile, MediaStream, Recipe } from "../../../pipeline/transcoder.ts";

/** A stream of one of the inputs. */
export interface Source {
  readonly file: MediaFile;
  readonly index: number;
  readonly stream: MediaStream;
}

/** How a stream is encoded; where it is copied there is none (`null`). */
export interface Encoding {
  readonly encoder: string;
  readonly options: readonly string[];
  readonly filters: readonly string[];
}

/** Container, streams and encodings of the result, before any cutting. */
export interface Form {
  readonly extension: string;
  /** FFmpeg's muxer. */
  readonly muxer: string;
  readonly muxerOptions: readonly string[];
  readonly video: Source | null;
  readonly audio: Source | null;
  readonly videoEncoding: Encoding | null;
  readonly audioEncoding: Encoding | null;
}

const containers = {
  mp4: {
    muxer: "mp4",
    // VP9 is kept: 1440p and above often exist in VP9 and AV1 only. Opus is not: too few players take it in MP4.
    video: ["h264", "hevc", "av1", "vp9", "mpeg4"],
    audio: ["aac", "mp3", "ac3", "eac3"],
    encoders: { video: "libx264", audio: "aac" },
  },
  mkv: { muxer: "matroska", video: null, audio: null, encoders: { video: "libx264", audio: "aac" } },
  webm: {
    muxer: "webm",
    video: ["vp8", "vp9", "av1"],
    audio: ["opus", "vorbis"],
    encoders: { video: "libvpx-vp9", audio: "libopus" },
  },
} as const;

const videoEncodings = {
  libx264: { encoder: "libx264", options: ["-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"], filters: [] },
  "libvpx-vp9": {
    encoder: "libvpx-vp9",
    options: ["-deadline", "good", "-cpu-used", "5", "-row-mt", "1", "-crf", "32", "-b:v", "0", "-pix_fmt", "yuv420p"],
    filters: [],
  },
} as const satisfies Record<string, Encoding>;

const defaultKbps: Readonly<Record<string, number>> = { aac: 160, libmp3lame: 192, libopus: 128 };

function audioEncoding(encoder: string, kbps: number | null): Encoding {
  const rate = kbps ?? defaultKbps[encoder];
  return {
    encoder,
    options: rate === undefined ? [] : ["-b:a", `${rate}k`],
    // libopus refuses channel layouts such as 5.1(side) instead of converting them.
    filters: encoder === "libopus" ? ["aformat=channel_layouts=7.1|5.1|stereo|mono"] : [],
  };
}

/** Audio formats: the codecs that are copied, and the encoder for all others. */
const audioKinds = {
  mp3: { muxer: "mp3", codecs: ["mp3"], encoder: "libmp3lame" },
  m4a: { muxer: "ipod", codecs: ["aac", "alac"], encoder: "aac" },
  opus: { muxer: "opus", codecs: ["opus"], encoder: "libopus" },
  flac: { muxer: "flac", codecs: ["flac"], encoder: "flac" },
  wav: { muxer: "wav", codecs: ["pcm_s16le"], encoder: "pcm_s16le" },
  ogg: { muxer: "ogg", codecs: ["vorbis"], encoder: "libopus" },
} as const;
type AudioKind = keyof typeof audioKinds;

const isLossless = (encoder: string) => defaultKbps[encoder] === undefined;
const fits = (codecs: readonly string[] | null, codec: string) => codecs === null || codecs.includes(codec);

/** The stream of a kind to use: preferably from a file that has no other kind, since that file was selected for it. */
function findSource(recipe: Pick<Recipe, "inputs">, kind: "video" | "audio"): Source | null {
  const sources = recipe.inputs.flatMap((file) =>
    file.streams.flatMap((stream, index) =>
      stream.kind === kind && !stream.attachedPicture ? [{ file, index, stream }] : [],
    ),
  );
  const alone = sources.find(({ file }) =>
    file.streams.every((stream) => stream.kind === kind || stream.attachedPicture),
  );
  return alone ?? sources[0] ?? null;
}

/** Whether the source has a stream of the target's kind. */
export function hasNeededStream(recipe: Recipe): boolean {
  return findSource(recipe, recipe.target.kind) !== null;
}

/**
 * Decides which streams go into the result and which of them must be re-encoded.
 * @throws AppError `format_unavailable` when the source has no stream of the wanted kind.
 */
export function chooseForm(recipe: Pick<Recipe, "inputs" | "target" | "keep" | "exact">): Form {
  const video = findSource(recipe, "video");
  const audio = findSource(recipe, "audio");
  const { target } = recipe;
  if (target.kind === "video") {
    if (!video) throw new AppError("format_unavailable", "the source has no picture, only sound");
    const container = containers[target.container];
    const isCut = recipe.keep !== null;
    const reencode = (recipe.exact && isCut) || !fits(container.video, video.stream.codec);
    const isMp4 = target.container === "mp4";
    return {
      extension: target.container,
      muxer: container.muxer,
      muxerOptions: [
        ...(isMp4 ? ["-movflags", "+faststart"] : []),
        // Apple's players need the tag hvc1; FFmpeg writes hev1 by default.
        ...(isMp4 && video.stream.codec === "hevc" && !reencode ? ["-tag:v:0", "hvc1"] : []),
      ],
      video,
      audio,
      videoEncoding: reencode ? videoEncodings[container.encoders.video] : null,
      // Where an encoded picture is cut, the sound is cut with it: copied packets would not end where it ends.
      audioEncoding:
        audio && ((reencode && isCut) || !fits(container.audio, audio.stream.codec))
          ? audioEncoding(container.encoders.audio, null)
          : null,
    };
  }
  if (!audio) throw new AppError("format_unavailable", "the source has no sound");
  const codec = audio.stream.codec;
  const kinds = Object.entries(audioKinds) as [AudioKind, (typeof audioKinds)[AudioKind]][];
  const best = kinds.find(([, kind]) => fits(kind.codecs, codec))?.[0] ?? "m4a";
  const name = target.format === "best" ? best : target.format;
  const kind = audioKinds[name];
  const keep =
    fits(kind.codecs, codec) && !target.normalize && (target.bitrateKbps === null || isLossless(kind.encoder));
  return {
    // FFmpeg builds often lack a good Vorbis encoder, so what cannot be copied becomes Opus, in an Opus file.
    extension: !keep && name === "ogg" ? "opus" : name,
    muxer: !keep && name === "ogg" ? "opus" : kind.muxer,
    muxerOptions: name === "mp3" ? ["-id3v2_version", "3"] : name === "m4a" ? ["-movflags", "+faststart"] : [],
    video: null,
    audio,
    videoEncoding: null,
    audioEncoding: keep ? null : audioEncoding(kind.encoder, target.bitrateKbps),
  };
}

/** Whether the only input is already the result. */
export function isFinishedForm(recipe: Recipe, form: Form): boolean {
  const [file, ...others] = recipe.inputs;
  if (!file || others.length > 0 || form.videoEncoding || form.audioEncoding) return false;
  const extras = recipe.chapters.length + recipe.subtitles.length;
  if (recipe.keep !== null || recipe.tags !== null || recipe.cover !== null || extras > 0) return false;
  const streams = [form.video, form.audio].filter((source) => source !== null).length;
  const demuxers: Readonly<Record<string, string>> = {
    mp4: "mp4",
    m4a: "m4a",
    mkv: "matroska",
    webm: "webm",
    opus: "ogg",
  };
  const demuxer = demuxers[form.extension] ?? form.extension;
  return (
    file.streams.length === streams &&
    file.format.split(",").includes(demuxer) &&
    file.path.toLowerCase().endsWith(`.${form.extension}`)
  );
}
