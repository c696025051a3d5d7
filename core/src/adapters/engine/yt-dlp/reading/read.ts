import { stat } from "node:fs/promises";
import type { Worker } from "node:worker_threads";
import { AppError } from "../../../../errors/app-error.ts";
import { createSemaphore } from "../../../system/semaphore.ts";
import type { Info } from "../info.ts";
import type { ReadCaptions } from "./caption-file.ts";
import type { CaptionFile, ReadingMessage, ReadingTask } from "./task.ts";
import { keepThread, takeThread } from "./threads.ts";

/** Concurrent threads. Each may use about 100 MB temporarily; a text that needs more is refused before it is parsed. */
const threads = createSemaphore(2);
const deadlineMs = 60_000;
/** A thread that has read more than this, in bytes, holds much memory and is not reused. */
const mostBytes = 4 << 20;

/**
 * Reads an info JSON file, and removes from the file the entries whose URLs are not http or https. Rejects with `source_error`
 * when it is invalid or too large, with `unsupported_url` when nothing is left to fetch.
 */
export async function readInfo(path: string, signal?: AbortSignal): Promise<Info> {
  let info: Info | undefined;
  await inThread({ kind: "info", path }, signal, (message) => {
    if (message.say === "info") info = message.info;
  });
  if (info === undefined) throw new AppError("source_error", "The description of the video cannot be read.");
  return info;
}

/** Reads caption files. A result is what the file holds, or the reason why it was refused. */
export async function readCaptions(
  files: readonly CaptionFile[],
  signal?: AbortSignal,
): Promise<(ReadCaptions | Error)[]> {
  const read = files.map((): ReadCaptions | Error => ({ cues: [], guessedEncoding: null, clock: null }));
  await inThread({ kind: "captions", files }, signal, (message) => {
    if (message.say === "refused") read[message.file] = new Error(message.reason);
    if (message.say !== "cues" && message.say !== "guessed" && message.say !== "clock") return;
    const captions = read[message.file];
    if (captions === undefined || captions instanceof Error) return;
    if (message.say === "cues") captions.cues.push(...message.cues);
    else if (message.say === "clock") read[message.file] = { ...captions, clock: message.clock };
    else read[message.file] = { ...captions, guessedEncoding: message.encoding };
  });
  return read;
}

/**
 * Runs a task in a worker thread: input of untrusted sites may be huge, or crafted to be slow to parse, and must not block the
 * event loop. Rejects with the signal's reason, or when the thread fails or takes too long; then the thread is terminated.
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
  // Only then may the thread be reused: no message of this task can reach the next one.
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
      // Terminating a thread waits for a regular expression or a system call to return: its permit is held until then, but the
      // caller does not wait.
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
