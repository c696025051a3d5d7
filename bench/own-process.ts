import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A program of the benchmarks, in its own process. */
export interface OwnProcess extends AsyncDisposable {
  readonly pid: number;
  /** The first line it printed. */
  readonly firstLine: string;
  /** The next line it prints. */
  nextLine(): Promise<string>;
}

/** Starts a file of this folder with Bun and waits for its first line. SIGTERM ends it. */
export async function startOwnProcess(
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<OwnProcess> {
  const child = spawn(process.execPath, ["--no-install", fileURLToPath(new URL(file, import.meta.url)), ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = linesOf(child);
  const nextLine = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${file} has ended`);
    return value;
  };
  const firstLine = await nextLine();
  return {
    pid: child.pid ?? 0,
    firstLine,
    nextLine,
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of child.stdout ?? []) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
