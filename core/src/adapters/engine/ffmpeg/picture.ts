import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PictureFormat } from "../../../jobs/request-values.ts";
import { buildArguments } from "./command.ts";
import { execute, type FfmpegTools } from "./execute.ts";

const deadlineMs = 30_000;
/** Somewhat more than 8K. */
const maxPixels = 64_000_000;

const encoders: Readonly<Record<PictureFormat, readonly string[]>> = {
  jpg: ["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-f", "image2"],
  png: ["-c:v", "png", "-f", "image2"],
  webp: ["-c:v", "libwebp", "-quality", "90", "-f", "webp"],
};

/** See the port's `toPicture`. */
export async function convertPicture(
  tools: FfmpegTools,
  path: string,
  outputBase: string,
  { format, signal }: { readonly format: PictureFormat; readonly signal: AbortSignal },
): Promise<string> {
  const scratch = `${outputBase}.tmp`;
  await mkdir(scratch, { recursive: true });
  try {
    const output = join(scratch, `picture.${format}`);
    const update = format === "webp" ? [] : ["-update", "1"];
    const args = buildArguments({
      // A small file may decompress to a picture that exhausts memory.
      inputs: [{ path, options: ["-max_pixels", String(maxPixels)] }],
      graph: null,
      videoFilters: [],
      audioFilters: [],
      outputOptions: ["-map", "0:v:0", "-frames:v", "1", "-map_metadata", "-1", ...update, ...encoders[format]],
      output,
    });
    await execute(tools, args, { signal, deadlineMs });
    await rename(output, `${outputBase}.${format}`);
    return `${outputBase}.${format}`;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
