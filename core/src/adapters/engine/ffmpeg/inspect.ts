import { stat } from "node:fs/promises";
import { z } from "zod";
import { AppError, isAppError } from "../../../errors/index.ts";
import type { MediaFile } from "../../../pipeline/transcoder.ts";
import { askProbe, explain, type FfmpegTools } from "./execute.ts";
import { readLayout } from "./layout.ts";
import { lookQuickly } from "./look/index.ts";
import { mediaFileOf } from "./media-file.ts";
import { packedTime } from "./packed-time.ts";
import { type Probed, ProbedFile, primingSeconds, probedEntries } from "./probed.ts";

const deadlineMs = 30_000;

/** Inspects a file, with ffprobe where its headers alone do not tell; see the port's `inspect`. */
export async function inspectFile(tools: FfmpegTools, path: string, signal: AbortSignal): Promise<MediaFile> {
  const { size, ok } = await stat(path).then(
    (found) => ({ size: found.size, ok: found.isFile() }),
    (error: unknown) => {
      throw new AppError("output_invalid", "the file is missing", { cause: error });
    },
  );
  if (!ok) throw new AppError("output_invalid", "it is not a file");
  if (size === 0) throw new AppError("output_invalid", "the file is empty");

  signal.throwIfAborted();
  const seen = await lookQuickly(path, size);
  const probed = seen ?? (await askFfprobe(tools, path, signal));
  refuseOthers(probed);
  const layout = await readLayout(path, probed.format.format_name, size);
  if (layout.isTruncated) throw new AppError("output_invalid", "the media is cut off");
  // A look without ffprobe declines such files.
  const hidesBeginning = seen === null && (await hasHiddenPackets(tools, path, probed, signal));
  const file = mediaFileOf(probed, { path, bytes: size, layout, hidesBeginning });
  const transportSeconds = await packedTime(path, file.format);
  return transportSeconds === null ? file : { ...file, transportSeconds };
}

/** Refuses what is neither video nor sound. */
function refuseOthers({ format, streams }: Probed): void {
  if (/image2|_pipe|ffmetadata|^(srt|ass|webvtt)$/.test(format.format_name)) {
    throw new AppError(
      "output_invalid",
      `the file is a picture or a text (${format.format_name}), not a video or sound`,
    );
  }
  const isMedia = ({ codec_type, disposition }: Probed["streams"][number]) =>
    (codec_type === "video" && disposition.attached_pic !== 1) || codec_type === "audio";
  if (!streams.some(isMedia)) throw new AppError("output_invalid", "the file has neither picture nor sound");
}

/** What ffprobe says. */
export async function askFfprobe(tools: FfmpegTools, path: string, signal: AbortSignal): Promise<Probed> {
  const args = ["-show_entries", probedEntries, "-i", `file:${path}`];
  const probed = ProbedFile.safeParse(await askProbe(tools, args, { signal, deadlineMs }).catch(explainRefusal));
  if (!probed.success) throw new AppError("output_invalid", "ffprobe's answer cannot be read", { cause: probed.error });
  return probed.data;
}

const Packets = z.object({
  packets: z.array(z.object({ pts_time: z.coerce.number().catch(0).default(0) })).default([]),
});

/** Whether an MP4 holds packets from before its beginning, further than a sound needs to begin. */
async function hasHiddenPackets(
  tools: FfmpegTools,
  path: string,
  { format }: Probed,
  signal: AbortSignal,
): Promise<boolean> {
  if (!format.format_name.startsWith("mov,")) return false;
  // Of streams side by side the first packets are the earliest.
  const args = ["-read_intervals", "%+#10", "-show_entries", "packet=pts_time", "-i", `file:${path}`];
  const { packets } = Packets.parse(await askProbe(tools, args, { signal, deadlineMs }));
  return packets.some((packet) => packet.pts_time < (format.start_time ?? 0) - primingSeconds);
}

function explainRefusal(error: unknown): never {
  if (!isAppError(error) || error.code !== "output_invalid" || !(error.cause instanceof Error)) throw error;
  const said = error.cause.message;
  const detail = /moov atom not found|End of file/i.test(said)
    ? "the file is cut off: its index is missing"
    : /not on whitelist/i.test(said)
      ? "the file is not what it pretends to be: a playlist or another kind that is not allowed"
      : /Invalid data/i.test(said)
        ? "the file is not a media file"
        : `the file cannot be read: ${explain(said.split("\n"))}`;
  throw new AppError("output_invalid", detail, { cause: error.cause });
}
