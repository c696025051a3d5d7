import { rm, stat } from "node:fs/promises";
import { answersPlugin } from "./answers/answers.ts";
import type { Engine, EngineRun } from "./engine.ts";
import type { Info } from "./info.ts";
import { periodsPlugin } from "./periods/periods-plugin.ts";
import { maxInfoBytes, tooLong } from "./reading/parse-info.ts";
import { readInfo } from "./reading/read.ts";
import { renditionsPlugin } from "./renditions/renditions-plugin.ts";

const plugins = [answersPlugin, periodsPlugin, renditionsPlugin];

/** Runs yt-dlp so that it writes what it found into `file`, and reads that. The file is readable to us alone. */
export async function inspectInto(
  file: string,
  engine: Engine,
  run: Omit<EngineRun, "stdoutFile" | "plugins">,
): Promise<Info> {
  await rm(file, { force: true });
  try {
    await engine
      .succeed({ ...run, plugins, stdoutFile: file, fileSizeBytes: maxInfoBytes })
      .catch(async (error: unknown) => {
        // It ends with words of its own where the file may not grow any more.
        const { size } = await stat(file).catch(() => ({ size: 0 }));
        throw size >= maxInfoBytes ? tooLong() : error;
      });
    return await readInfo(file, run.signal);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}
