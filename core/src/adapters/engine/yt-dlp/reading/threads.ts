import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/** Enforced by Node only. */
const maxHeapMegabytes = 192;
/** How long an idle thread is kept: starting one takes 0.1 s of CPU time, keeping one takes about 20 MB. */
const idleMs = 10_000;

// It has the same file extension as this module: `.ts` in the sources, `.js` in the build.
const thread = new URL(`./thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url);

const alive = new Set<Worker>();
const idle = new Map<Worker, ReturnType<typeof setTimeout>>();

/** An idle thread of the pool, or a new one. */
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

/** Returns a thread to the pool. It is terminated when it stays unused, and does not keep the process alive. */
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
