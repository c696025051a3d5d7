import type { MediaStream, Recipe, SoundWishes } from "../../../pipeline/transcoder.ts";
import type { Encoding, Form, Source } from "./form.ts";

type AudioTarget = Extract<Recipe["target"], { kind: "audio" }>;

/** An audio format: the codecs that are copied into it, and the encoder for all others. */
interface AudioKind {
  readonly muxer: string;
  readonly codecs: readonly string[];
  readonly encoder: AudioEncoder;
}

/** PCM that WAV takes; big-endian and planar ones it does not. */
const pcm = ["pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_u8"];

const audioKinds = {
  mp3: { muxer: "mp3", codecs: ["mp3"], encoder: "libmp3lame" },
  m4a: { muxer: "ipod", codecs: ["aac", "alac"], encoder: "aac" },
  opus: { muxer: "opus", codecs: ["opus"], encoder: "libopus" },
  flac: { muxer: "flac", codecs: ["flac"], encoder: "flac" },
  wav: { muxer: "wav", codecs: pcm, encoder: "pcm" },
  ogg: { muxer: "ogg", codecs: ["vorbis"], encoder: "libopus" },
} as const satisfies Readonly<Record<string, AudioKind>>;

type AudioEncoder = keyof typeof encodings;

/** What each encoder is given. Bit rates are in kbit/s, for stereo. */
const encodings = {
  aac: { defaultKbps: 160, mostKbpsAChannel: 256, isLossless: false },
  libmp3lame: { defaultKbps: 192, mostKbpsAChannel: 320, isLossless: false },
  libopus: { defaultKbps: 128, mostKbpsAChannel: 255, isLossless: false },
  flac: { defaultKbps: null, mostKbpsAChannel: null, isLossless: true },
  pcm: { defaultKbps: null, mostKbpsAChannel: null, isLossless: true },
} as const;

/** WAV counts its bytes in 32 bits; RF64 is what a longer one has to be, and players read it. */
const muxerOptions: Readonly<Record<string, readonly string[]>> = {
  mp3: ["-id3v2_version", "3"],
  m4a: ["-movflags", "+faststart"],
  wav: ["-rf64", "auto"],
};

/** How a sound is encoded. The encoders refuse rates that its channels cannot use, so the rate is at most what they can. */
export function encodeSound(
  name: AudioEncoder,
  stream: MediaStream,
  wantedKbps: number | null = null,
  { channels, sampleRateHz, vbrQuality }: SoundWishes = {},
): Encoding {
  const { defaultKbps, mostKbpsAChannel } = encodings[name];
  const count = channels ?? stream.channels;
  const most = mostKbpsAChannel === null || count === null ? null : mostKbpsAChannel * count;
  const kbps = wantedKbps ?? defaultKbps;
  const rate = kbps === null ? null : Math.min(kbps, most ?? kbps);
  const quality = vbrQuality === undefined ? [] : ["-q:a", String(vbrQuality)];
  return {
    encoder: name === "pcm" ? pcmOf(stream) : name,
    options: [
      ...(rate === null || vbrQuality !== undefined ? quality : ["-b:a", `${rate}k`]),
      ...(sampleRateHz === undefined ? [] : ["-ar", String(sampleRateHz)]),
    ],
    filters: layoutsOf(name, channels ?? mostChannels(name, stream)),
  };
}

/** MP3 has two channels at most. FFmpeg would mix them by itself, but only after their loudness was measured. */
const mostChannels = (name: AudioEncoder, { channels }: MediaStream): 2 | undefined =>
  name === "libmp3lame" && channels !== null && channels > 2 ? 2 : undefined;

/** Channels are mixed before anything measures or encodes them. */
function layoutsOf(name: AudioEncoder, channels: 1 | 2 | undefined): string[] {
  if (channels !== undefined) return [`aformat=channel_layouts=${channels === 1 ? "mono" : "stereo"}`];
  // libopus refuses channel layouts such as 5.1(side) instead of converting them.
  return name === "libopus" ? ["aformat=channel_layouts=7.1|5.1|stereo|mono"] : [];
}

/** PCM that loses nothing of the source: what a lossy codec decodes to has no more than 16 bits. */
function pcmOf({ codec, bitsPerSample }: MediaStream): string {
  const bits = bitsPerSample ?? 16;
  if (/^pcm_f(32|64)/.test(codec)) return `pcm_f${bits > 32 ? 64 : 32}le`;
  return bits > 24 ? "pcm_s32le" : bits > 16 ? "pcm_s24le" : "pcm_s16le";
}

/**
 * The form of a result without a picture. `best` keeps the source's own sound, in Matroska if no simpler file takes it.
 * @param kept whether only a part of it is kept, whether some of that is silence that it does not hold, and filters that put it in.
 */
export function audioForm(
  target: AudioTarget,
  source: Source,
  kept: { readonly isCut: boolean; readonly isSilent: boolean; readonly silence: readonly string[] },
): Form {
  const { format, bitrateKbps, normalize, channels, sampleRateHz, vbrQuality } = target;
  const { isCut, isSilent, silence } = kept;
  const { codec } = source.stream;
  const names = Object.keys(audioKinds) as (keyof typeof audioKinds)[];
  const takes = (name: keyof typeof audioKinds) => (audioKinds[name].codecs as readonly string[]).includes(codec);
  const own = names.find(takes);
  const base = { video: null, videoEncoding: null, muxerOptions: [] };
  if (format === "best" && own === undefined && !normalize && !isSilent)
    return { ...base, extension: "mka", muxer: "matroska", sounds: [{ source, encoding: null }] };
  const name = format === "best" ? (own ?? "m4a") : format;
  const kind = audioKinds[name];
  const isRated = bitrateKbps !== null && !encodings[kind.encoder].isLossless;
  const isMixed = channels !== undefined && channels !== source.stream.channels;
  const isChanged = normalize || isRated || isMixed || sampleRateHz !== undefined || vbrQuality !== undefined;
  // The head of FLAC says the length and the checksum of all its samples, and is copied with them. Nothing is lost by encoding it.
  const keeps = takes(name) && !isChanged && !isSilent && !(isCut && name === "flac");
  // FFmpeg builds often lack a good Vorbis encoder, so what cannot be copied becomes Opus, in an Opus file.
  const extension = !keeps && name === "ogg" ? "opus" : name;
  const encoding = encodeSound(kind.encoder, source.stream, bitrateKbps, target);
  return {
    ...base,
    extension,
    muxer: audioKinds[extension].muxer,
    muxerOptions: muxerOptions[name] ?? [],
    sounds: [{ source, encoding: keeps ? null : { ...encoding, filters: [...silence, ...encoding.filters] } }],
  };
}
