import { readFile, rm } from "node:fs/promises";
import { AppError } from "../../errors/app-error.ts";
import type { Engine, EngineRun } from "./engine.ts";
import { Info } from "./info.ts";

/** Largest info JSON that is read, in bytes: a channel of ten thousand videos has about 10 MB. */
const maxInfoBytes = 64 << 20;

/** Runs yt-dlp so that it writes what it found into `file`, and reads that. The file is readable to us alone. */
export async function inspectInto(file: string, engine: Engine, run: Omit<EngineRun, "stdoutFile">): Promise<Info> {
  await rm(file, { force: true });
  try {
    await engine.succeed({ ...run, stdoutFile: file, fileSizeBytes: maxInfoBytes });
    return parseInfo(await readFile(file, "utf8"));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Reads an info JSON. Rejects with `source_error` when it is none. */
export function parseInfo(text: string): Info {
  const parsed = Info.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new AppError("source_error", "yt-dlp answered with something else than a description of the video.", {
    cause: parsed.error,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("source_error", "yt-dlp's answer cannot be read.", { cause });
  }
}
