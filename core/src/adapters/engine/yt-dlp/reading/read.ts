import { stat } from "node:fs/promises";
import type { Worker } from "node:worker_threads";
import { AppError } from "../../../../errors/app-error.ts";
import type { Cue } from "../../../../subtitles/cue.ts";
import { createSemaphore } from "../../../system/semaphore.ts";
import type { Info } from "../info.ts";
import type { CaptionFile, ReadingMessage, ReadingTask } from "./task.ts";
import { keepThread, takeThread } from "./threads.ts";

/** Each may use some 100 MB temporarily; a text that needs more is refused before it is parsed. */
const threads = createSemaphore(2);
const deadlineMs = 60_000;
/** A thread that has read more than this holds much memory, and is not reused. */
const mostBytes = 4 << 20;

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
 * Runs a task in a worker thread: input of untrusted sites may be huge, or crafted to be slow to parse, and must not block
 * this process. Rejects with the signal's reason, or when the thread does not get through; then the thread is ended.
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
    worker = takeThread();
  } catch (error) {
    release();
    throw error;
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Whether it has come to an end, so that nothing of this task can reach the next one.
  let hasEnded = false;
  const onAbort = () => reject(signal?.reason);
  const onError = (error: unknown) => reject(unread("the thread that reads it failed", error));
  const onExit = () => reject(unread("the thread that reads it ended"));
  const onAnswer = (message: ReadingMessage) => {
    if (message.say !== "done" && message.say !== "failed") return onMessage(message);
    hasEnded = true;
    if (message.say === "done") resolve();
    else reject(new AppError(message.code, message.message, hintOf(message)));
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => reject(unread("it takes too long")), deadlineMs);
  worker.on("message", onAnswer);
  worker.on("error", onError);
  worker.on("exit", onExit);
  try {
    worker.postMessage(task);
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    worker.off("message", onAnswer);
    worker.off("error", onError);
    worker.off("exit", onExit);
    if (hasEnded && (await bytesOf(task)) <= mostBytes) {
      keepThread(worker);
      release();
    } else {
      // One that is inside of a regular expression, or of a call of the system, ends when that does: its place stays taken
      // for so long, but whoever has given up goes on.
      void worker.terminate().then(release, release);
    }
  }
}

async function bytesOf(task: ReadingTask): Promise<number> {
  const paths = task.kind === "info" ? [task.path] : task.files.map(({ path }) => path);
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path)
        .then(({ size }) => size)
        .catch(() => 0),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function hintOf({ hint }: { readonly hint: string | undefined }): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

function unread(why: string, cause?: unknown): AppError {
  return new AppError("source_error", `What the source has sent cannot be read: ${why}.`, { cause });
}
