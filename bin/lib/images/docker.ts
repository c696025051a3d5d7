import { spawn } from "node:child_process";

/** How to run a program. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output goes: collected (default), or to the terminal as well. */
  readonly shown?: boolean;
  readonly input?: string;
}

/** What a program said and how it ended. */
export interface Ended {
  readonly code: number;
  /** Both streams, as they came. */
  readonly output: string;
}

/** Runs a program and tells how it ended, whatever that is. */
export async function attempt(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (options.shown) process.stderr.write(text);
    });
  }
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
  return { code, output: output.trim() };
}

/** Runs a program. @returns what it said. @throws Error with its output when it fails. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output } = await attempt(command, options);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${output.slice(-4_000)}`);
  return output;
}

/** `docker ARGUMENTS`. @throws Error with its output when it fails. */
export const docker = (...args: readonly string[]): Promise<string> => run(["docker", ...args]);

/** Docker Compose on this machine: the plug-in of the command `docker`, or the program of its own. @throws Error when there is none. */
export async function findCompose(): Promise<readonly string[]> {
  for (const command of [["docker", "compose"], ["docker-compose"]]) {
    const { code } = await attempt([...command, "version"]).catch(() => ({ code: 1 }));
    if (code === 0) return command;
  }
  throw new Error("Docker Compose is missing: install docker-compose-plugin, or docker-compose");
}

/** A state of docker-compose.yml: which files make it, and what fills in their variables. */
export interface Composition {
  /** `docker compose ARGUMENTS`. @throws Error with its output when it fails. */
  run(...args: readonly string[]): Promise<string>;
  attempt(...args: readonly string[]): Promise<Ended>;
  /** Ids of a service's containers that run. */
  containers(service: string): Promise<readonly string[]>;
}

/** A composition of these files. */
export function composition(
  compose: readonly string[],
  project: string,
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): Composition {
  const command = [...compose, "-p", project, ...files.flatMap((file) => ["-f", file])];
  const lines = (text: string) => text.split("\n").filter((line) => /^[0-9a-f]{12,}$/.test(line));
  return {
    run: (...args) => run([...command, ...args], { env }),
    attempt: (...args) => attempt([...command, ...args], { env }),
    containers: async (service) => {
      const ids = lines(await run([...command, "ps", "-q", service], { env }));
      // Older versions of Compose name those that have ended as well.
      const runs = await Promise.all(ids.map((id) => docker("inspect", "-f", "{{.State.Running}}", id)));
      return ids.filter((_, index) => runs[index] === "true");
    },
  };
}
