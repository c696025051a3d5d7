import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../../../../errors/app-error.ts";
import { type ChildHandle, createLineSplitter } from "../../process/index.ts";
import type { JsRuntime } from "../options.ts";
import type { PythonProgram } from "../python-program.ts";
import { createForkedChild, type ForkedChild, type StreamName } from "./forked-child.ts";
import type { WarmTask } from "./task.ts";

/** The yt-dlp that is loaded. */
export interface LoadedVersion {
  readonly version: string;
  /** Whether it can pass for a browser, which takes an optional library. */
  readonly impersonates: boolean;
  /** Whether its runs report by hooks. */
  readonly reports: boolean;
}

/** A process that has loaded yt-dlp, and forks a child for each run. */
export interface Zygote extends LoadedVersion {
  /** Number of children requested so far. */
  readonly started: number;
  readonly isAlive: boolean;
  /** Whether the loaded version is still the one on disk. */
  isCurrent(): Promise<boolean>;
  /** A child that runs the task. Rejects when it does not start in time, with `ZygoteEnded` when there is nobody to start it. */
  fork(task: WarmTask): Promise<ChildHandle>;
  /** Ends it as soon as its children have exited. */
  retire(): void;
}

/** It was retired or has ended before it started a child: another one can. */
export class ZygoteEnded extends Error {
  override readonly name = "ZygoteEnded";
}

/** Longest time that loading takes, in milliseconds: the archive of all sources needs more than a second on a busy machine. */
const loadMs = 20_000;
/** Longest time until a start or an exit is reported, in milliseconds. */
const tellMs = 5_000;
/** Longest time from the report of a child's exit to the arrival of its connections, in milliseconds. */
const arriveMs = 2_000;
/** Longest header line of a connection, in characters. */
const maxHeader = 100;

const ended = "the process that has loaded yt-dlp has ended";

const source = fileURLToPath(new URL("zygote.py", import.meta.url));

type Message =
  | { readonly id: string; readonly status: number }
  | { readonly id: string; readonly failed: string }
  | (LoadedVersion & { readonly watch: readonly string[] });

interface Asked {
  readonly child: ForkedChild;
  /** It has started. */
  begun(): void;
  /** It will not start, or its exit status is unknown. */
  lost(error: Error): void;
  /** The process that should start it, or report its exit, has ended. */
  orphaned(): void;
  /** It has exited. */
  ended(exitCode: number | null, signal: string | null): void;
}

/** What a process that loads yt-dlp is told, besides which one. */
export interface ZygoteOptions {
  /** Where it looks for programs while it loads. */
  readonly path: string;
  /** Of all its runs; absent: each looks for one. */
  readonly jsRuntime?: JsRuntime | undefined;
}

/** Loads yt-dlp. Rejects when that fails. */
export async function startZygote(program: PythonProgram, options: ZygoteOptions): Promise<Zygote> {
  const folder = await mkdtemp(join(tmpdir(), "vidferry-warm-"));
  try {
    return await loadInto(folder, program, options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function loadInto(folder: string, program: PythonProgram, options: ZygoteOptions): Promise<Zygote> {
  const { path, jsRuntime } = options;
  const children = new Map<string, Asked>();
  const server = createServer((socket) => receive(socket, children));
  await listen(server, join(folder, "s"));

  const [command, ...args] = program.interpreter;
  const runtime = jsRuntime === undefined ? "" : `${jsRuntime.name}:${jsRuntime.path}`;
  const zygote = spawn(command, [...args, source, program.path, program.modules, folder, runtime], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    cwd: folder,
    // The settings that Python reads at startup are those of an ordinary run.
    env: { PATH: path, HOME: folder, TMPDIR: folder, LANG: "C.UTF-8", PYTHONUTF8: "1" },
  });
  const said: string[] = [];
  let started = 0;
  let isAlive = true;
  let isRetired = false;

  const keepAlive = (stays: boolean) => {
    const change = stays ? "ref" : "unref";
    // Pipes are sockets here, in each of the runtimes.
    for (const handle of [server, zygote, ...([zygote.stdin, zygote.stdout, zygote.stderr] as unknown as Socket[])])
      handle[change]?.();
  };
  const forget = (id: string) => {
    children.delete(id);
    if (children.size > 0) return;
    if (isRetired) zygote.stdin.end();
    keepAlive(false);
  };

  const loaded = await new Promise<LoadedVersion & { readonly state: string; readonly watch: readonly string[] }>(
    (resolve, reject) => {
      const giveUp = setTimeout(() => {
        zygote.kill("SIGKILL");
        reject(new Error(`yt-dlp was not loaded within ${loadMs} ms`));
      }, loadMs);
      const output = createLineSplitter((line) => {
        const message = readMessage(line);
        if (message === null) return void zygote.kill("SIGKILL");
        if ("status" in message) return children.get(message.id)?.ended(...endOfStatus(message.status));
        if ("failed" in message) return children.get(message.id)?.lost(new Error(message.failed));
        clearTimeout(giveUp);
        stateOf(message.watch).then((state) => resolve({ ...message, state }), reject);
      });
      const errors = createLineSplitter((line) => {
        said.push(line);
        if (said.length > 20) said.shift();
      });
      zygote.stdout.on("data", (chunk: Uint8Array) => output.write(chunk));
      zygote.stderr.on("data", (chunk: Uint8Array) => errors.write(chunk));
      for (const pipe of [zygote.stdin, zygote.stdout, zygote.stderr]) pipe.on("error", () => undefined);
      const gone = (why: string) => {
        isAlive = false;
        clearTimeout(giveUp);
        server.close();
        // The watchdog does it too, if it lives.
        rm(folder, { recursive: true, force: true }).catch(() => undefined);
        reject(new Error(`${why}: ${said.at(-1) ?? ""}`));
        for (const { orphaned } of [...children.values()]) orphaned();
      };
      zygote.once("error", (error) => gone(error.message));
      zygote.once("exit", (code, signal) => gone(`it ended with ${signal ?? code}`));
    },
  ).catch((error: unknown) => {
    zygote.stdin.destroy();
    server.close();
    throw error;
  });
  keepAlive(false);

  return {
    version: loaded.version,
    impersonates: loaded.impersonates,
    reports: loaded.reports,
    get started() {
      return started;
    },
    get isAlive() {
      return isAlive;
    },
    isCurrent: async () => (await stateOf(loaded.watch).catch(() => null)) === loaded.state,
    fork(task) {
      const id = randomUUID();
      started += 1;
      if (children.size === 0) keepAlive(true);
      return new Promise<ChildHandle>((resolve, reject) => {
        let late: ReturnType<typeof setTimeout> | undefined;
        // A zygote that does not answer in time is killed: a child that it forked later would repeat a run that was started
        // otherwise by then. Two timers, since this process itself may have been suspended with the answer already received.
        const expectAnswer = () => {
          late = setTimeout(() => {
            late = setTimeout(() => zygote.kill("SIGKILL"), tellMs);
          }, tellMs);
        };
        expectAnswer();
        const names: StreamName[] = [
          ...(task.stdoutFile === null ? (["stdout"] as const) : []),
          "stderr",
          ...(loaded.reports ? (["report"] as const) : []),
        ];
        const child = createForkedChild(names, expectAnswer);
        let hasEnded = false;
        const lost = (error: Error) => {
          clearTimeout(late);
          forget(id);
          if (child.isConnected) child.end(null, null, error);
          else reject(error);
        };
        children.set(id, {
          child,
          lost,
          orphaned() {
            const hasBegun = child.isConnected;
            lost(
              hasBegun ? new AppError("worker_lost", "The process that runs yt-dlp was lost.") : new ZygoteEnded(ended),
            );
          },
          begun() {
            clearTimeout(late);
            if (hasEnded) forget(id);
            resolve(child);
          },
          ended(exitCode, signal) {
            hasEnded = true;
            clearTimeout(late);
            child.end(exitCode, signal);
            if (child.isConnected) return forget(id);
            // Its connections may still arrive: they use another socket.
            late = setTimeout(
              () => lost(new Error(`a child ended with ${signal ?? exitCode} before it began`)),
              arriveMs,
            );
          },
        });
        if (isAlive && !isRetired) zygote.stdin.write(`${JSON.stringify({ id, ...task })}\n`);
        else lost(new ZygoteEnded(ended));
      });
    },
    retire() {
      isRetired = true;
      if (children.size === 0) zygote.stdin.end();
    },
  };
}

/** Exit code and signal; Python encodes a signal as its negative number. */
function endOfStatus(status: number): [exitCode: number | null, signal: string | null] {
  if (status >= 0) return [status, null];
  const name = Object.entries(constants.signals).find(([, number]) => number === -status)?.[0];
  return [null, name ?? `signal ${-status}`];
}

/** Null: not a message of the protocol. */
function readMessage(line: string): Message | null {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return null;
  }
}

/** Reads the header line of a child's connection, and attaches the connection to the child. */
function receive(socket: Socket, children: ReadonlyMap<string, Asked>): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end < 0 && head.length < maxHeader) return;
    socket.off("data", onData);
    const [, id = "", name, pid] = /^(\S+) (stdout|stderr|report) (\d+)$/.exec(head.toString("latin1", 0, end)) ?? [];
    const awaited = children.get(id);
    if (awaited === undefined) return void socket.destroy();
    awaited.child.connect(name as StreamName, Number(pid), socket, head.subarray(end + 1));
    if (awaited.child.isConnected) awaited.begun();
  };
  socket.on("data", onData);
  socket.on("error", () => undefined);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

/** Changes when an entry of one of these folders is replaced. */
async function stateOf(folders: readonly string[]): Promise<string> {
  const found = await Promise.all(folders.map((folder) => stat(folder)));
  return found.map(({ mtimeMs, ino }) => `${ino} ${mtimeMs}`).join();
}
