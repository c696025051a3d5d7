import type { Readable, Writable } from "node:stream";
import { noTelemetry, type Telemetry } from "../../../telemetry/telemetry.ts";
import { groupEnd, killGroup } from "./group.ts";
import { createLineSplitter } from "./lines.ts";

/** Why a child was stopped by us; null when it ended by itself. */
export type StopReason = "aborted" | "deadline" | "stalled" | "limit";

export interface SuperviseOptions {
  readonly onStdout?: (line: string) => void;
  readonly onStderr?: (line: string) => void;
  /** Of a child that has such a stream. */
  readonly onReport?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Longest time it may run, in milliseconds. */
  readonly deadlineMs: number;
  /** Stop it when `touch` was not called for this long, in milliseconds; absent: never. */
  readonly stallMs?: number;
  /** How long it may take to end after SIGINT before its whole group is killed. Default: 5 s. */
  readonly graceMs?: number;
  /** Whom to tell of the run, and the name of the program there. */
  readonly told?: { readonly telemetry: Telemetry; readonly program: string };
}

export interface ChildOutcome {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, such as `SIGKILL`; null when none did. */
  readonly signal: string | null;
  readonly stoppedBy: StopReason | null;
}

/** A supervised child: `done` settles once the child has exited, its output is read and its process group is empty. */
export interface SupervisedChild {
  readonly done: Promise<ChildOutcome>;
  /** Reports progress: restarts the stall timer. */
  touch(): void;
  /** Stops it: SIGINT to the leader, then SIGKILL to the group. */
  stop(reason: StopReason): void;
}

/** The part of a child process that supervision needs: a `ChildProcess`, or a child that another process forked for us. */
export interface ChildHandle {
  /** Also the id of its process group; absent when it could not be started. */
  readonly pid?: number | undefined;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** What it reports in a form of its own, apart from its output. */
  readonly report?: Readable | null;
  kill(signal: "SIGINT"): boolean;
  /** It has ended; its output may not be read yet. */
  once(event: "exit", listener: (exitCode: number | null, signal: string | null) => void): unknown;
  /** It has ended and its output is read. */
  once(event: "close", listener: (exitCode: number | null, signal: string | null) => void): unknown;
  /** It could not be started, or its exit status is unknown. */
  once(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * Supervises a child that was spawned `detached` with a watchdog: its output, its exit, and the exit of its process group.
 * SIGINT goes to the leader alone (yt-dlp then ends its own FFmpeg); SIGKILL always goes to the whole group, also after
 * a normal end, so that nothing the child started outlives it.
 */
export function supervise(child: ChildHandle, options: SuperviseOptions): SupervisedChild {
  const graceMs = options.graceMs ?? 5_000;
  let stoppedBy: StopReason | null = null;
  let killTimer: ReturnType<typeof setTimeout> | undefined;
  let drainTimer: ReturnType<typeof setTimeout> | undefined;
  let stallTimer: ReturnType<typeof setTimeout> | undefined;

  const killAll = () => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const stop = (reason: StopReason) => {
    if (stoppedBy !== null) return;
    stoppedBy = reason;
    child.kill("SIGINT");
    killTimer = setTimeout(killAll, graceMs);
  };
  const touch = () => {
    clearTimeout(stallTimer);
    if (options.stallMs !== undefined && stoppedBy === null)
      stallTimer = setTimeout(() => stop("stalled"), options.stallMs);
  };
  const onAbort = () => stop("aborted");
  const deadline = setTimeout(() => stop("deadline"), options.deadlineMs);

  const ended = new Promise<ChildOutcome>((resolve, reject) => {
    for (const [stream, onLine] of [
      [child.stdout, options.onStdout],
      [child.stderr, options.onStderr],
      [child.report, options.onReport],
    ] as const) {
      if (!stream) continue;
      const splitter = createLineSplitter(onLine ?? (() => undefined));
      stream.on("data", (chunk: Uint8Array) => splitter.write(chunk));
      stream.on("end", () => splitter.end());
      // A broken pipe shows as the child's end; there is nothing else to do about it.
      stream.on("error", () => splitter.end());
    }
    // The leader has exited: kill the rest of its group, or `close` would wait for every process that holds the pipes.
    child.once("exit", (exitCode, signal) => {
      killAll();
      // A descendant in a session of its own is not killed with the group and may hold the pipes for ever: do not wait for it.
      drainTimer = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        child.report?.destroy();
        resolve({ exitCode, signal, stoppedBy });
      }, graceMs);
    });
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stoppedBy }));
    child.once("error", (error) => {
      killAll();
      reject(error);
    });
    child.stdin?.on("error", () => undefined);
  }).finally(async () => {
    clearTimeout(deadline);
    clearTimeout(killTimer);
    clearTimeout(drainTimer);
    clearTimeout(stallTimer);
    options.signal?.removeEventListener("abort", onAbort);
    child.stdin?.destroy();
    if (child.pid !== undefined) await groupEnd(child.pid, graceMs);
  });

  const { telemetry, program } = options.told ?? { telemetry: noTelemetry, program: "" };
  const done = telemetry.during("child", { program }, async (note) => {
    const outcome = await ended;
    note(outcome);
    return outcome;
  });

  touch();
  if (options.signal?.aborted) stop("aborted");
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  return { done, touch, stop };
}
