import { rename, rm } from "node:fs/promises";
import type { MediaFile } from "../../../pipeline/transcoder.ts";
import { buildArguments } from "./command.ts";
import { execute, type FfmpegTools } from "./execute.ts";
import { inspectFile } from "./inspect.ts";

/** Copies picture and sound into Matroska, which takes every codec; see the port's `rewrite`. */
export async function rewriteMedia(
  tools: FfmpegTools,
  file: MediaFile,
  outputBase: string,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<MediaFile> {
  const scratch = `${outputBase}.tmp.mkv`;
  try {
    const outputOptions = ["-map", "0:V?", "-map", "0:a?", "-c", "copy", "-map_metadata", "-1", "-f", "matroska"];
    const inputs = [{ path: file.path, options: [] }];
    const args = buildArguments({
      inputs,
      graph: null,
      videoFilters: [],
      audioFilters: [],
      outputOptions,
      output: scratch,
    });
    await execute(tools, args, { signal, deadlineMs: timeoutMs });
    const path = `${outputBase}.mkv`;
    await rename(scratch, path);
    const made = await inspectFile(tools, path, signal);
    // It begins at zero now, while a file beside it may have begun at another time.
    const transportSeconds = file.format.startsWith("mpegts") ? file.startSeconds : file.transportSeconds;
    return transportSeconds === undefined ? made : { ...made, transportSeconds };
  } finally {
    await rm(scratch, { force: true });
  }
}
