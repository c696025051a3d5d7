import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/** Node alone enforces it. */
const maxHeapMegabytes = 192;
/** Starting a thread takes a tenth of a second of work; keeping an idle one takes some 20 MB. */
const idleMs = 10_000;

// Its name ends as this one's does: in the sources with `.ts`, in what is built from them with `.js`.
const thread = new URL(`./thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url);

const alive = new Set<Worker>();
const idle = new Map<Worker, ReturnType<typeof setTimeout>>();

/** A thread that reads what it is told to: one that has nothing to do, or a new one. */
export function takeThread(): Worker {
  for (const [worker, timer] of idle) {
    clearTimeout(timer);
    idle.delete(worker);
    worker.ref();
    return worker;
  }
  const worker = new Worker(thread, { resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes } });
  alive.add(worker);
  const forget = () => {
    alive.delete(worker);
    clearTimeout(idle.get(worker));
    idle.delete(worker);
  };
  // The user of the thread has a listener of its own; without this one, an error of an idle thread would be uncaught.
  worker.on("error", forget);
  worker.on("exit", forget);
  return worker;
}

/** Returns an idle thread to the pool. It ends when it is not used soon, and does not keep the process alive. */
export function keepThread(worker: Worker): void {
  if (!alive.has(worker)) return;
  worker.unref();
  const timer = setTimeout(() => {
    idle.delete(worker);
    void worker.terminate();
  }, idleMs);
  (timer as { unref?: () => void }).unref?.();
  idle.set(worker, timer);
}
