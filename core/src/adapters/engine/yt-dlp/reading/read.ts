import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { AppError } from "../../../../errors/app-error.ts";
import type { Cue } from "../../../../subtitles/cue.ts";
import { createSemaphore } from "../../../system/semaphore.ts";
import type { Info } from "../info.ts";
import type { CaptionFile, ReadingMessage, ReadingTask } from "./task.ts";

/** Each may take some 100 MB for a moment; a text that fills more is refused before it is parsed. */
const threads = createSemaphore(2);
const deadlineMs = 60_000;
/** Node alone enforces it. */
const maxHeapMegabytes = 192;

// Its name ends as this one's does: in the sources with `.ts`, in what is built from them with `.js`.
const thread = new URL(`./thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url);

/**
 * Reads an info JSON from the disk, and takes out of the file what lies at other addresses than http and https. Rejects with
 * `source_error` when it is none or too much, with `unsupported_url` when nothing is left to fetch.
 */
export async function readInfo(path: string, signal?: AbortSignal): Promise<Info> {
  let info: Info | undefined;
  await inThread({ kind: "info", path }, signal, (message) => {
    if (message.say === "info") info = message.info;
  });
  if (info === undefined) throw new AppError("source_error", "The description of the video cannot be read.");
  return info;
}

/** Reads caption files; in place of one that cannot be taken stands the reason. */
export async function readCaptions(files: readonly CaptionFile[], signal?: AbortSignal): Promise<(Cue[] | Error)[]> {
  const read = files.map((): Cue[] | Error => []);
  await inThread({ kind: "captions", files }, signal, (message) => {
    if (message.say === "refused") read[message.file] = new Error(message.reason);
    if (message.say !== "cues") return;
    const cues = read[message.file];
    if (Array.isArray(cues)) cues.push(...message.cues);
  });
  return read;
}

/**
 * Runs a task in a thread that ends with it: what a stranger's site has written may be huge, or made to be slow to
 * parse, and this process serves others. Rejects with the signal's reason, or when the thread does not get through.
 */
async function inThread(
  task: ReadingTask,
  signal: AbortSignal | undefined,
  onMessage: (message: ReadingMessage) => void,
): Promise<void> {
  const release = await threads.acquire(signal);
  let worker: Worker;
  try {
    signal?.throwIfAborted();
    worker = new Worker(thread, {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
    });
  } catch (error) {
    release();
    throw error;
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => reject(unread("it takes too long")), deadlineMs);
  worker.on("message", (message: ReadingMessage) => {
    if (message.say === "done") resolve();
    else if (message.say === "failed") reject(new AppError(message.code, message.message, hintOf(message)));
    else onMessage(message);
  });
  worker.once("error", (error) => reject(unread("the thread that reads it failed", error)));
  worker.once("exit", () => reject(unread("the thread that reads it ended")));
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    // One that is inside of a regular expression, or of a call of the system, ends when that does: its place stays taken
    // for so long, but whoever has given up goes on.
    void worker.terminate().then(release, release);
  }
}

function hintOf({ hint }: { readonly hint: string | undefined }): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

function unread(why: string, cause?: unknown): AppError {
  return new AppError("source_error", `What the source has sent cannot be read: ${why}.`, { cause });
}
