import { rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { AppError } from "../../../errors/index.ts";
import type { JoinedMedia, MediaFile, MediaPeriod } from "../../../pipeline/transcoder.ts";
import { encodeSound } from "./audio-form.ts";
import { buildArguments, type Call } from "./command.ts";
import { askProbe, execute, type FfmpegTools } from "./execute.ts";
import { inspectFile } from "./inspect.ts";
import { encodingOptions } from "./video-form.ts";

/** A period as it is placed in the result. */
interface Slot {
  readonly file: MediaFile | null;
  readonly look: Look | null;
  readonly startSeconds: number;
  /** Null: as long as its media, which is the last. */
  readonly seconds: number | null;
  /** How much later than the period its media begins; below zero: earlier, and what is too early is left out. */
  readonly lead: number;
  readonly offsetSeconds: number;
}

/** Joins the media of periods on one timeline; see the port's `join`. */
export async function joinPeriods(
  tools: FfmpegTools,
  periods: readonly MediaPeriod[],
  outputBase: string,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<JoinedMedia> {
  const slots = await slotsOf(tools, periods, signal);
  const isCopied = slots.every(({ look }) => look !== null && look.text === slots[0]?.look?.text);
  const isMp4 = !isCopied || slots.every(({ file }) => file?.format.startsWith("mov,"));
  const [extension, muxer] = isMp4 ? ["mp4", "mp4"] : ["mkv", "matroska"];
  const scratch = `${outputBase}.tmp.${extension}`;
  const list = `${outputBase}.tmp.txt`;
  try {
    if (isCopied) await writeFile(list, listOf(slots));
    const call = isCopied ? copying(slots, list) : encoding(slots);
    const outputOptions = [...call.outputOptions, "-map_metadata", "-1", "-f", muxer];
    const args = buildArguments({ ...call, videoFilters: [], audioFilters: [], outputOptions, output: scratch });
    await execute(tools, args, { signal, deadlineMs: timeoutMs });
    const path = `${outputBase}.${extension}`;
    await rename(scratch, path);
    return { file: await inspectFile(tools, path, signal), isEncoded: !isCopied };
  } finally {
    await rm(scratch, { force: true });
    await rm(list, { force: true });
  }
}

async function slotsOf(tools: FfmpegTools, periods: readonly MediaPeriod[], signal: AbortSignal): Promise<Slot[]> {
  const slots: Slot[] = [];
  for (const [index, { file, startSeconds, seconds, offsetSeconds }] of periods.entries()) {
    const next = periods[index + 1];
    const slot = next === undefined ? seconds : next.startSeconds - startSeconds;
    if (file !== null) refuseShort(file, seconds, index);
    const look = file && (await lookOf(tools, file, signal));
    const lead = file === null ? 0 : file.startSeconds - offsetSeconds;
    slots.push({ file, look, startSeconds, seconds: slot, lead, offsetSeconds });
  }
  return slots;
}

function refuseShort(file: MediaFile, seconds: number | null, index: number): void {
  const length = file.durationSeconds;
  if (seconds === null || length === null || length >= seconds * 0.9 - 2) return;
  const detail = `The source sent ${length.toFixed(1)} of ${seconds.toFixed(1)} seconds of period ${index + 1}.`;
  throw new AppError("output_invalid", detail);
}

const Probed = z.object({
  streams: z.array(
    z.looseObject({
      codec_type: z.string(),
      sample_rate: z.coerce.number().catch(48_000).default(48_000),
      channel_layout: z.string().catch("stereo").default("stereo"),
    }),
  ),
});

/** What its decoder is told: files that look the same can follow one another as they are. */
interface Look {
  readonly text: string;
  readonly sampleRate: number;
  readonly channelLayout: string;
}

async function lookOf(tools: FfmpegTools, file: MediaFile, signal: AbortSignal): Promise<Look> {
  const entries =
    "stream=codec_type,codec_name,profile,width,height,pix_fmt,sample_aspect_ratio,sample_rate,channels,channel_layout,extradata_hash";
  const args = ["-show_data_hash", "sha256", "-show_entries", entries, "-i", `file:${file.path}`];
  const { streams } = Probed.parse(await askProbe(tools, args, { signal, deadlineMs: 30_000 }));
  const sound = streams.find(({ codec_type }) => codec_type === "audio");
  return {
    text: JSON.stringify(streams),
    sampleRate: sound?.sample_rate ?? 48_000,
    channelLayout: sound?.channel_layout ?? "stereo",
  };
}

/** Each file begins where its media belongs, and ends where the next period begins. */
function listOf(slots: readonly Slot[]): string {
  const lines = slots.map(({ file, startSeconds, seconds, lead, offsetSeconds }, index) => {
    const next = slots[index + 1];
    const bounds =
      next === undefined || seconds === null
        ? []
        : [
            `outpoint ${(offsetSeconds + seconds).toFixed(6)}`,
            `duration ${(next.startSeconds + next.lead - startSeconds - lead).toFixed(6)}`,
          ];
    return [`file '${(file?.path ?? "").replaceAll("'", "'\\''")}'`, ...bounds].join("\n");
  });
  return `ffconcat version 1.0\n${lines.join("\n")}\n`;
}

type Joining = Pick<Call, "inputs" | "graph" | "outputOptions">;

function copying([first]: readonly Slot[], list: string): Joining {
  const maps = ["-map", "0:V?", "-map", "0:a?", "-c", "copy"];
  return {
    inputs: [{ path: list, options: ["-f", "concat", "-safe", "0"] }],
    graph: null,
    // When picture and sound begin apart, they do so in the result.
    outputOptions: [...maps, "-output_ts_offset", Math.max(0, first?.lead ?? 0).toFixed(6)],
  };
}

/** Decodes all periods, makes them look like the longest, and fills what is missing by silence or black. */
function encoding(slots: readonly Slot[]): Joining {
  const files = slots.flatMap(({ file }) => file ?? []);
  const isHdr = files.some(({ streams }) => streams.some((stream) => stream.isHdr));
  if (isHdr)
    throw new AppError("format_unavailable", "Its periods differ, and cannot be joined without losing their colours.", {
      hint: "Choose a format of a standard dynamic range.",
    });
  const longest = slots.reduce((one, other) => (lengthIn(other) > lengthIn(one) ? other : one));
  const streams = longest.file?.streams ?? [];
  const picture = streams.find(({ kind, attachedPicture }) => kind === "video" && !attachedPicture);
  const sound = streams.find(({ kind }) => kind === "audio");
  const inputs = files.map(({ path }) => ({ path, options: [] }));
  const pads: string[] = [];
  const chains = slots.flatMap((slot, index) => {
    const input = slot.file === null ? null : files.indexOf(slot.file);
    const made: string[] = [];
    if (picture) {
      const size = [picture.width ?? 640, picture.height ?? 360].map((pixels) => Math.max(2, pixels - (pixels % 2)));
      made.push(`${pictureChain(slot, input, size.join(":"), picture.fps ?? 25)}[v${index}]`);
      pads.push(`[v${index}]`);
    }
    if (sound) {
      made.push(`${soundChain(slot, input, longest.look)}[a${index}]`);
      pads.push(`[a${index}]`);
    }
    return made;
  });
  const outputs = [...(picture ? ["[v]"] : []), ...(sound ? ["[a]"] : [])];
  const count = `concat=n=${slots.length}:v=${picture ? 1 : 0}:a=${sound ? 1 : 0}`;
  const encoder = /^vp[89]$/.test(picture?.codec ?? "") ? "libvpx-vp9" : "libx264";
  const soundForm = sound && encodeSound(/^(opus|vorbis)$/.test(sound.codec) ? "libopus" : "aac", sound);
  return {
    inputs,
    graph: [...chains, `${pads.join("")}${count}${outputs.join("")}`].join(";"),
    outputOptions: [
      ...outputs.flatMap((pad) => ["-map", pad]),
      ...(picture ? ["-c:v", encoder, ...encodingOptions[encoder], ...keyFrames] : []),
      ...(soundForm ? ["-c:a", soundForm.encoder, ...soundForm.options] : []),
    ],
  };
}

/** A cut that copies falls on one; as near to each other as sources usually have them. */
const keyFrames = ["-force_key_frames", "expr:gte(t,n_forced*2)"];

const lengthIn = ({ file, seconds }: Slot): number => (file === null ? -1 : (file.durationSeconds ?? seconds ?? 0));
/** Where a file begins, and where its period ends in it; FFmpeg moves each file to zero. */
const trimming = ({ lead, seconds }: Slot, name: string): string => {
  const start = Math.max(0, -lead);
  const end = seconds === null ? "" : `:end=${(seconds - lead).toFixed(6)}`;
  return `${name}=start=${start.toFixed(6)}${end}`;
};

function pictureChain(slot: Slot, input: number | null, size: string, fps: number): string {
  const look = `format=yuv420p,setsar=1`;
  const { file, seconds, lead } = slot;
  if (input === null || file === null)
    return `color=c=black:s=${size.replace(":", "x")}:r=${fps}:d=${(seconds ?? 0).toFixed(6)},${look}`;
  const before = Math.max(0, lead);
  const after = (seconds ?? 0) - lead - (file.durationSeconds ?? seconds ?? 0);
  return [
    `[${input}:v:0]${trimming(slot, "trim")}`,
    "setpts=PTS-STARTPTS",
    `fps=${fps}`,
    `scale=${size}:force_original_aspect_ratio=decrease`,
    `pad=${size}:(ow-iw)/2:(oh-ih)/2`,
    look,
    // A picture that begins late or ends early stands still.
    ...(before > 0.001 ? [`tpad=start_mode=clone:start_duration=${before.toFixed(6)}`] : []),
    ...(after > 0.001 ? [`tpad=stop_mode=clone:stop_duration=${after.toFixed(6)}`] : []),
    ...(seconds === null ? [] : [`trim=end=${seconds.toFixed(6)}`]),
  ].join(",");
}

function soundChain(slot: Slot, input: number | null, look: Look | null): string {
  const { sampleRate = 48_000, channelLayout = "stereo" } = look ?? {};
  const { seconds, lead } = slot;
  const length = seconds?.toFixed(6);
  if (input === null) return `anullsrc=r=${sampleRate}:cl=${channelLayout},atrim=end=${length ?? "0"}`;
  return [
    `[${input}:a:0]${trimming(slot, "atrim")}`,
    "asetpts=PTS-STARTPTS",
    `aformat=sample_rates=${sampleRate}:channel_layouts=${channelLayout}`,
    ...(lead > 0.001 ? [`adelay=${(lead * 1000).toFixed(3)}:all=1`] : []),
    ...(length === undefined ? [] : [`apad=whole_dur=${length}`, `atrim=end=${length}`]),
  ].join(",");
}
