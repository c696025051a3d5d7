import { spawn } from "node:child_process";
import { eventually, programFile } from "@vidferry/testing";

const main = programFile(new URL("../../src/main.ts", import.meta.url));

/** How a role is started. */
export interface RoleOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Folder it runs in. */
  readonly cwd: string;
  /** What runs the role in place of the command line: a program and its first arguments. */
  readonly command?: readonly string[];
  /** Modules loaded before it. */
  readonly preload?: readonly string[];
}

/** A process of the service under way: `vidferry api`, `vidferry worker` or both in one, `vidferry serve`. */
export interface RoleProcess extends AsyncDisposable {
  readonly pid: number;
  /** Address of an API; empty for a worker. */
  readonly url: string;
  /** The end of what it has written, both streams together. */
  readonly output: () => string;
  readonly hasEnded: () => boolean;
  /** Resolves with the exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal (SIGKILL) and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

const outputLimit = 1 << 20;
const readyLimitMs = 120_000;

/** Starts a role without waiting until it is ready. */
export function spawnRole(
  role: "api" | "worker" | "serve" | "migrate",
  options: RoleOptions,
): Omit<RoleProcess, "url"> {
  const preload = (options.preload ?? []).flatMap((file) => ["--preload", file]);
  const bun = [process.execPath, "--no-install", "--no-env-file", ...preload];
  const [program = "", ...args] = [...(options.command ?? [...bun, main]), role];
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid === undefined) throw new Error(`vidferry ${role} could not be started`);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputLimit);
    });
  }
  let over = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", (code) => resolve(code));
  }).finally(() => {
    over = true;
  });
  const end = async (signal: NodeJS.Signals = "SIGKILL") => {
    child.kill(signal);
    // A process that is held cannot act on any other signal.
    child.kill("SIGCONT");
    return await ended;
  };
  return {
    pid: child.pid,
    output: () => output,
    hasEnded: () => over,
    ended,
    signal: (signal) => void child.kill(signal),
    end,
    [Symbol.asyncDispose]: async () => void (await end()),
  };
}

/** Starts a role and waits until it says that it is ready. @throws Error with its output when it ends before. */
export async function startRole(role: "api" | "worker" | "serve", options: RoleOptions): Promise<RoleProcess> {
  const started = spawnRole(role, options);
  const ready = role === "worker" ? /worker started()/ : /API +(http:\S+)\/api\/v1/;
  const url = await eventually(
    () => {
      const match = ready.exec(started.output());
      return match === null && !started.hasEnded() ? null : { address: match?.[1] };
    },
    { timeoutMs: readyLimitMs, message: `vidferry ${role} being ready` },
  ).catch(() => ({ address: undefined }));
  if (url.address === undefined) {
    await started.end();
    throw new Error(`vidferry ${role} did not start:\n${started.output()}`);
  }
  return { ...started, url: url.address };
}
