/**
 * A server process for tests: on a free port, with temporary data, ended with its owner.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** How to run one server. */
export interface ServerCommand {
  /** Name in error messages. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Runs the program as this user (needs root). */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** The signal that ends it quickly and cleanly. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Whether the server answers; polled until it does. */
  readonly isReady: () => Promise<boolean>;
  /** A folder to remove when the server has ended for good. */
  readonly dataDir?: string;
}

/** A running server program. */
export interface ServerProcess {
  readonly pid: number;
  /** Ends it: the given signal or the command's own, then SIGKILL after 5 s. Resolves when it is gone. Safe to call twice. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A busy machine starts a server slowly; one that ends early is noticed at once. */
const startLimitMs = 120_000;
const stopLimitMs = 5_000;
const outputLimit = 8_192;

/**
 * Starts the program and resolves when it answers.
 * @throws Error with the end of the program's output when it ends early or does not answer within two minutes.
 */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  const child = spawn(command.program, command.args, {
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that Ctrl-C in a terminal reaches the owner first.
    detached: true,
    ...command.user,
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-outputLimit);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let failure: Error | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  const ended = new Promise<void>((resolve) => {
    child.on("exit", () => resolve());
    child.on("error", () => resolve());
  });
  const reaper = child.pid === undefined ? undefined : startReaper(child.pid, command.dataDir);

  const isRunning = () => failure === undefined && child.exitCode === null && child.signalCode === null;
  const stop = async (signal = command.stopSignal ?? "SIGTERM") => {
    if (isRunning()) {
      child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
      await ended;
      clearTimeout(timer);
    }
    reaper?.kill("SIGKILL");
  };

  const deadline = Date.now() + startLimitMs;
  while (!(await command.isReady())) {
    if (!isRunning() || Date.now() > deadline) {
      await stop();
      throw new Error(`${command.name} did not start: ${failure?.message ?? output.trim()}`);
    }
    await sleep(25);
  }
  child.unref();
  return { pid: child.pid ?? -1, stop };
}

/**
 * A watchdog: a shell that waits for the end of this process, however it ends, and then ends the server. A test runner that is
 * killed, or that exits without running its exit hooks as `bun test` does, must leave no process behind. It detects the end of
 * its owner by the end of its standard input.
 */
function startReaper(serverPid: number, dataDir: string | undefined): ChildProcess {
  const script =
    'cat >/dev/null; kill -QUIT "$1" 2>/dev/null; kill -TERM "$1" 2>/dev/null; sleep 1; kill -KILL "$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2"';
  const reaper = spawn("/bin/sh", ["-c", script, "reaper", String(serverPid), dataDir ?? ""], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  reaper.unref();
  return reaper;
}
