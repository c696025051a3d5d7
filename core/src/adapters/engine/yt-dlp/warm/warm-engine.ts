import { unlessAborted } from "../../../../runtime/unless-aborted.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import type { ChildHandle } from "../../process/index.ts";
import { findPythonProgram } from "../python-program.ts";
import type { WarmTask } from "./task.ts";
import { type LoadedVersion, startZygote, type Zygote, ZygoteEnded, type ZygoteOptions } from "./zygote.ts";

/** Starts yt-dlp in a tenth of the time, by forking a process that has loaded it. */
export interface WarmEngine {
  /** A child that runs the task, or null when none can be forked: then start yt-dlp as an ordinary process. */
  begin(task: WarmTask, signal?: AbortSignal): Promise<ChildHandle | null>;
  /** What `begin` runs; null when it would run nothing. */
  loaded(): Promise<LoadedVersion | null>;
  /** Ends the loaded process once its children have exited. */
  close(): void;
}

/** What a {@link WarmEngine} loads. */
export interface WarmEngineOptions extends ZygoteOptions {
  /** yt-dlp, a path or a name, looked up in `path`. */
  readonly binary: string;
  readonly logger?: Logger | undefined;
}

/** Runs of one loaded process: Python's memory does not shrink, and a restart is cheap. */
const mostRuns = 500;
/** The loaded process, some 45 MB, is ended when it was idle for this long. */
const idleMs = 10 * 60_000;
/** Forks of a run that are asked for, each of another process, before that counts as a failure. */
const mostTries = 3;
/** Pause after a failure before it is tried again. */
const pauseMs = 60_000;

/**
 * Keeps one yt-dlp loaded and forks it for each run; a new one is loaded when the files on disk change.
 * Works where yt-dlp is a Python program. Any failure here results in null and one log line.
 */
export function createWarmEngine(options: WarmEngineOptions): WarmEngine {
  interface Loaded {
    readonly state: string;
    readonly zygote: Promise<Zygote>;
  }
  let loaded: Loaded | null = null;
  let idle: ReturnType<typeof setTimeout> | undefined;
  let pausedUntil = 0;
  let closed = false;

  const drop = (one: Loaded | null) => {
    if (loaded === one) loaded = null;
    one?.zygote.then((zygote) => zygote.retire()).catch(() => undefined);
  };
  const fail = (error: unknown) => {
    pausedUntil = performance.now() + pauseMs;
    const reason = error instanceof Error ? error.message : String(error);
    options.logger?.warn("yt-dlp could not be forked; for a while each run starts it anew", { reason });
  };
  const isUsable = async (one: Loaded): Promise<boolean> => {
    const zygote = await one.zygote;
    return zygote.isAlive && zygote.started < mostRuns && (await zygote.isCurrent());
  };

  const current = async (): Promise<Zygote | null> => {
    if (closed || performance.now() < pausedUntil) return null;
    const program = await findPythonProgram(options.binary, options.path);
    if (program === null) return null;
    const seen = loaded;
    if (seen !== null && (seen.state !== program.state || !(await isUsable(seen).catch(() => false)))) drop(seen);
    if (closed) return null;
    clearTimeout(idle);
    idle = setTimeout(() => drop(loaded), idleMs);
    (idle as { unref?: () => void }).unref?.();
    if (loaded === null) {
      const starting = { state: program.state, zygote: startZygote(program, options) };
      loaded = starting;
      starting.zygote.catch((error: unknown) => {
        if (loaded === starting) loaded = null;
        fail(error);
      });
    }
    return await loaded.zygote.catch(() => null);
  };

  const currentFor = (signal: AbortSignal | undefined) =>
    unlessAborted(current(), signal).catch((error: unknown) => {
      if (signal?.aborted) return null;
      throw error;
    });

  return {
    async begin(task, signal) {
      for (let tries = 1; ; tries += 1) {
        const zygote = await currentFor(signal);
        if (zygote === null || signal?.aborted) return null;
        try {
          return await zygote.fork(task);
        } catch (error) {
          // Another run may have had it replaced since it was chosen, and it may have died unnoticed.
          if (error instanceof ZygoteEnded && tries < mostTries) continue;
          fail(error);
          return null;
        }
      }
    },
    loaded: current,
    close() {
      closed = true;
      clearTimeout(idle);
      drop(loaded);
    },
  };
}
