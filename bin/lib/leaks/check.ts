/**
 * Preloaded by bin/test: leaked processes, sockets and files fail the test file that left them. Every test file has a temporary
 * folder of its own, so that leaks are attributed to it also when test files run concurrently. The test files of one process
 * share their modules, which makes for a third of the time of short ones; what else one could leave to the next is undone here.
 */
import { afterAll, mock } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { endProcess, processesOf, processIds } from "./processes.ts";
import { socketsOf } from "./sockets.ts";

// A process or socket that a test has just ended may take a little to disappear; longer on a busy machine.
const patienceMs = Number(process.env["TEST_LEAK_PATIENCE_MS"] ?? 10_000);
const intervalMs = 50;

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE"];
const watchedEvents = [...signals, "uncaughtException", "unhandledRejection"];

const serverPorts = new Set(
  ["TEST_DATABASE_URL", "TEST_REDIS_URL"]
    .map((variable) => Number(URL.parse(process.env[variable] ?? "")?.port))
    .filter((port) => port > 0),
);

// Cache for files that are made once and shared by all test files, also those of later runs.
process.env["TEST_CACHE_DIR"] ??= tmpdir();
// Otherwise Node's compile cache would be left there.
process.env["NODE_DISABLE_COMPILE_CACHE"] = "1";

/** What there is when a test file begins. */
interface Beginning {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly processes: ReadonlySet<number>;
  readonly sockets: ReadonlyMap<string, string>;
  readonly listeners: ReadonlyMap<string, number>;
}

function begin(): Beginning {
  const environment = { ...process.env };
  // A short path, for Unix sockets in it, that servers under another user can access.
  const folder = mkdtempSync(join(environment["TEST_RUN_DIR"] ?? environment["TEST_CACHE_DIR"] ?? tmpdir(), "t-"));
  chmodSync(folder, 0o1777);
  process.env["TMPDIR"] = folder;
  const [processes, sockets] = [processIds(), socketsOf(serverPorts)];
  return { folder, environment, processes, sockets, listeners: listenerCounts() };
}

let before = begin();

afterAll(async () => {
  mock.restore();
  let left = leftBehind();
  const deadline = Date.now() + patienceMs;
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
    left = leftBehind();
  }
  if (left.length > 0) for (const pid of newProcesses().keys()) endProcess(pid);
  rmSync(before.folder, { recursive: true, force: true });
  for (const name of Object.keys(process.env)) if (!(name in before.environment)) delete process.env[name];
  Object.assign(process.env, before.environment);
  // For the next file of this process, whose modules are loaded before a hook could run. Behind the last file an empty folder
  // stays, which bin/test removes with its own.
  before = begin();
  if (left.length > 0) {
    const file = basename(Bun.main);
    throw new Error(
      `${file} left behind:\n  ${left.join("\n  ")}\nEnd, close or remove each in the test that makes it, also when that test fails (\`await using\`, \`afterEach\`).`,
    );
  }
}, patienceMs + 20_000);

function leftBehind(): string[] {
  const sockets = [...socketsOf(serverPorts)].filter(([inode]) => !before.sockets.has(inode));
  const listeners = [...listenerCounts()].filter(([event, count]) => count > (before.listeners.get(event) ?? 0));
  return [
    ...[...newProcesses()].map(([pid, command]) => `process ${pid}: ${command}`),
    ...sockets.map(([, what]) => what),
    ...listeners.map(([event]) => `a listener of the process for ${event}`),
    ...readdirSync(before.folder).map((name) => `${join(before.folder, name)}`),
  ];
}

function newProcesses(): Map<number, string> {
  return processesOf(before.folder, before.processes);
}

function listenerCounts(): Map<string, number> {
  return new Map(watchedEvents.map((event) => [event, process.listenerCount(event)]));
}
