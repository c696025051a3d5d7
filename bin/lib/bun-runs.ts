import { type ChildProcess, spawn } from "node:child_process";

const stopping = new AbortController();
const running = new Set<ChildProcess>();

/** How a run of Bun ended. */
export interface FinishedRun {
  /** 1 when a signal ended it. */
  readonly code: number;
  /** What it wrote, both streams together; empty when it was shown at once. */
  readonly output: string;
}

/** Rejects from now on every run, and ends those under way with all the processes that they started. */
export function stopRuns(reason: Error): void {
  stopping.abort(reason);
  for (const child of running) endGroup(child);
}

/** Why the runs were stopped; undefined while they were not. */
export function stoppedBy(): Error | undefined {
  return stopping.signal.reason as Error | undefined;
}

/** Runs Bun with these arguments to its end. Its output is shown at once, or collected when others run beside it. */
export function runBun(
  args: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>>; readonly output?: "shown" | "collected" } = {},
): Promise<FinishedRun> {
  stopping.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stream = options.output === "collected" ? "pipe" : "inherit";
    // A process group of its own, so that processes left behind by a test are killed with it.
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", stream, stream],
      env: { ...process.env, ...options.environment },
      detached: true,
    });
    running.add(child);
    const watcher = watchGroup(child);
    let output = "";
    for (const written of [child.stdout, child.stderr]) {
      written?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("exit", () => endGroup(child));
    child.once("close", (code) => {
      watcher.kill("SIGKILL");
      running.delete(child);
      if (stopping.signal.aborted) reject(stopping.signal.reason);
      else resolve({ code: code ?? 1, output });
    });
  });
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group has no processes left.
  }
}

/** A watchdog that ends the group when this process is killed: its standard input ends with this process. */
function watchGroup(child: ChildProcess): ChildProcess {
  // Shells differ in how they take the id of a group.
  const script = 'cat >/dev/null; kill -s KILL -- "-$1" 2>/dev/null || kill -KILL "-$1"';
  return spawn("/bin/sh", ["-c", script, "watcher", String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
}
