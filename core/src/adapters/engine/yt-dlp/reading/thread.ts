import { writeFile } from "node:fs/promises";
import { parentPort } from "node:worker_threads";
import { toAppError } from "../../../../errors/app-error.ts";
import { readCaptionFiles } from "./caption-files.ts";
import { maxInfoBytes, parseInfo, tooLong } from "./parse-info.ts";
import { readBounded } from "./read-bounded.ts";
import type { ReadingMessage, ReadingTask } from "./task.ts";

/*
 * Entry point of the worker threads that `read.ts` uses: input of untrusted sites is parsed here, so that it blocks only this
 * thread.
 */
const say = (message: ReadingMessage) => parentPort?.postMessage(message);

async function read(task: ReadingTask): Promise<void> {
  try {
    if (task.kind === "captions") await readCaptionFiles(task.files, say);
    else {
      const bytes = await readBounded(task.path, maxInfoBytes);
      if (bytes === null) throw tooLong();
      const { info, changed } = parseInfo(bytes);
      if (changed !== null) await writeFile(task.path, changed);
      say({ say: "info", info });
    }
    say({ say: "done" });
  } catch (error) {
    const { code, message, hint } = toAppError(error);
    say({ say: "failed", code, message, hint });
  }
}

parentPort?.on("message", (task: ReadingTask) => void read(task));
