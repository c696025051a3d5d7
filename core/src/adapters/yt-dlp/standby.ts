import type { ChildProcess, StdioPipe } from "node:child_process";
import type { Socket } from "node:net";
import type { Logger } from "../../ports/logger.ts";
import { leashed } from "../process/index.ts";
import { findPythonProgram, type PythonProgram } from "./python-program.ts";
import { spawnWrapped } from "./wrapped.ts";

/** What a loaded yt-dlp is told to do. */
export interface StandbyTask {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** No file it writes may grow beyond this; null: no limit. */
  readonly fileSizeBytes: number | null;
  /** File that takes the standard output, readable to us alone; null: the pipe. */
  readonly stdoutFile: string | null;
}

/** A yt-dlp that is started ahead of its task. */
export interface Standby {
  /** A child that has begun the task, or null when none is ready: then start one the ordinary way. */
  begin(task: StandbyTask): Promise<ChildProcess | null>;
  /** Ends the one that waits. */
  close(): void;
}

/** How a {@link Standby} starts yt-dlp. */
export interface StandbyOptions {
  readonly binary: string;
  /** Where programs are looked up, as in `PATH`. */
  readonly path: string;
  readonly niceness?: number | undefined;
  readonly logger?: Logger | undefined;
}

// It holds some 45 MB, which a service that has nothing to do for so long can do without.
const idleMs = 10 * 60_000;
// A program that fails to load twice in a row will not do it the third time.
const mostFailures = 2;

/*
 * Loads yt-dlp, says so on descriptor 4, waits there for one line of JSON and does as it says, in the place and with the
 * environment that an ordinary start would have had. The end of the descriptor without a line ends it.
 */
const loader = `
import sys
program, sys.path[0] = sys.argv[1:3]
import json, os, yt_dlp
try:
    import yt_dlp.extractor.youtube
except ImportError:
    pass
os.write(4, b"+")
with os.fdopen(4, "rb") as channel:
    line = channel.readline()
if not line:
    sys.exit(0)
task = json.loads(line)
os.environ.clear()
os.environ.update(task["env"])
os.chdir(task["cwd"])
if task["fileSizeBytes"] is not None:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (task["fileSizeBytes"],) * 2)
if task["stdoutFile"] is not None:
    output = os.open(task["stdoutFile"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.close(output)
sys.argv = [program, *task["args"]]
sys.exit(yt_dlp.main(task["args"]))
`;

interface Waiting {
  readonly child: ChildProcess;
  readonly program: PythonProgram;
  readonly idle: ReturnType<typeof setTimeout>;
  isLoaded: boolean;
}

/**
 * Keeps one yt-dlp loaded and waiting. Python and yt-dlp take a quarter of a second to load, as long as the rest of a small
 * step; so the next one loads while this one works. A child does one task and ends, as one started the ordinary way does.
 *
 * Works where yt-dlp is a Python program (pip's script, or the archive); others are always started the ordinary way.
 */
export function createStandby(options: StandbyOptions): Standby {
  let waiting: Waiting | null = null;
  let failures = 0;
  let closed = false;

  const end = (one: Waiting): void => {
    clearTimeout(one.idle);
    if (waiting === one) waiting = null;
    // Its watcher kills the group when this pipe closes.
    one.child.stdin?.destroy();
  };

  const prepare = (program: PythonProgram): void => {
    const [command, ...interpreterArgs] = program.interpreter;
    const [shell, args] = leashed(
      command,
      [...interpreterArgs, "-c", loader, program.path, program.modules],
      options.niceness === undefined ? {} : { niceness: options.niceness },
    );
    const env = { PATH: options.path, LANG: "C.UTF-8", PYTHONUTF8: "1", YTDLP_NO_PLUGINS: "1" };
    const stdio: StdioPipe[] = ["pipe", "pipe", "pipe", null, "pipe"];
    const child = spawnWrapped(shell, args, { detached: true, cwd: "/", env, stdio });
    const one: Waiting = { child, program, idle: setTimeout(() => end(one), idleMs), isLoaded: false };
    waiting = one;
    const lost = (): void => {
      if (waiting !== one) return;
      end(one);
      failures += 1;
      options.logger?.debug("a yt-dlp that was loaded ahead has ended", { failures });
    };
    child.on("error", lost);
    child.on("exit", lost);
    for (const pipe of pipesOf(child)) pipe.on("error", () => undefined);
    channelOf(child).once("data", () => {
      one.isLoaded = true;
      failures = 0;
    });
    keepsAlive(one, false);
  };

  return {
    async begin(task) {
      if (closed || failures >= mostFailures) return null;
      const program = await findPythonProgram(options.binary, options.path);
      if (closed || program === null) return null;
      if (waiting !== null && waiting.program.state !== program.state) end(waiting);
      const ready = waiting;
      if (ready !== null && !ready.isLoaded) return null;
      waiting = null;
      prepare(program);
      if (ready === null) return null;
      clearTimeout(ready.idle);
      keepsAlive(ready, true);
      channelOf(ready.child).end(`${JSON.stringify(task)}\n`);
      return ready.child;
    },
    close() {
      closed = true;
      if (waiting !== null) end(waiting);
    },
  };
}

function channelOf(child: ChildProcess): Socket {
  return child.stdio[4] as Socket;
}

function pipesOf(child: ChildProcess): Socket[] {
  return [child.stdin, child.stdout, child.stderr, channelOf(child)] as Socket[];
}

/** Whether this process stays alive for the child. */
function keepsAlive({ child, idle }: Waiting, stays: boolean): void {
  const change = stays ? "ref" : "unref";
  for (const handle of [child, ...pipesOf(child)]) handle[change]?.();
  (idle as { unref?: () => void }).unref?.();
}
