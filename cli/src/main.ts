import { type AppError, ConfigError, errorCodes, isAppError } from "@vidferry/core";
import packageJson from "../package.json" with { type: "json" };
import { addEnvFile, readConfig } from "./environment.ts";
import { exitCodes, UsageError } from "./exit-codes.ts";
import { flushOutput, outliveReaders, processTerminal } from "./terminal.ts";

const help = `vidferry: a self-hosted video download service for YouTube

  vidferry demo              shows the whole service at work, on this machine alone
  vidferry download URL…     downloads videos here; --help lists the options
  vidferry serve             API and worker in one process
  vidferry api               the API alone        } with DATABASE_URL, REDIS_URL
  vidferry worker            a worker alone       } and STORAGE_URL
  vidferry drain HOST        its workers finish or hand back their jobs, and end; --all: every worker
  vidferry migrate           brings the database to this version
  vidferry keys create --name N | list | revoke ID
  vidferry doctor            checks every program and service
  vidferry doctor --orphans  lists stored files without a job

download, drain, keys and doctor explain themselves with --help. Configuration is read from the environment and from .env: see docs/configuration.md.`;

/** Commands that take no arguments of their own: one that is given is a mistake, or a setting that belongs elsewhere. */
const bare: readonly string[] = ["demo", "serve", "api", "worker", "migrate"];

/** The first SIGINT or SIGTERM asks to stop, the second one to hurry, the third one ends the process. */
function listenForSignals() {
  const stop = new AbortController();
  const force = new AbortController();
  const onSignal = () => {
    if (force.signal.aborted) process.exit(exitCodes.interrupted);
    else if (stop.signal.aborted) force.abort();
    else stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { stop: stop.signal, force: force.signal };
}

async function run(args: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const [command = "help", ...rest] = args;
  const signals = listenForSignals();
  const config = () => {
    addEnvFile(process.env);
    return readConfig(command, process.env);
  };
  if (bare.includes(command) && rest.length > 0) {
    if (rest.includes("--help") || rest.includes("-h")) {
      terminal.out(help);
      return exitCodes.done;
    }
    throw new UsageError(
      `${command} takes no arguments, but got ${JSON.stringify(rest[0])}; settings such as PORT are environment variables: see docs/configuration.md`,
    );
  }
  // Loaded when chosen, so that each command starts fast and loads no more than it needs.
  switch (command) {
    case "help":
    case "--help":
    case "-h":
      terminal.out(help);
      return exitCodes.done;
    case "version":
    case "--version":
    case "-V":
      terminal.out(packageJson.version);
      return exitCodes.done;
    case "demo":
      return (await import("./commands/demo.ts")).demoCommand(config(), terminal, signals.stop);
    case "download":
      return (await import("./commands/download.ts")).downloadCommand(rest, config, terminal, signals.stop);
    case "serve":
    case "api":
    case "worker": {
      const { serveCommand } = await import("./commands/serve.ts");
      return serveCommand({ api: command !== "worker", worker: command !== "api" }, config(), terminal, signals);
    }
    case "migrate":
      return (await import("./commands/migrate.ts")).migrateCommand(config(), terminal);
    case "drain":
      return (await import("./commands/drain.ts")).drainCommand(rest, config, terminal, signals.stop);
    case "keys":
      return (await import("./commands/keys.ts")).keysCommand(rest, config, terminal);
    case "doctor":
      if (rest.length > 0) {
        const { doctorOrphansCommand } = await import("./commands/doctor-orphans.ts");
        return doctorOrphansCommand(rest, config, terminal);
      }
      return (await import("./commands/doctor.ts")).doctorCommand(config(), terminal);
    default:
      throw new UsageError(`there is no command ${JSON.stringify(command)}\n\n${help}`);
  }
}

function exitCodeOf(error: AppError): number {
  if (error.permanent) return exitCodes.configuration;
  return error.code === "invalid_request" ? exitCodes.usage : exitCodes.failed;
}

/** The table's own words for a service that does not answer are for its clients; here an operator reads. */
const hintOf = ({ code, hint }: AppError): string =>
  code === "unavailable" && hint === errorCodes.unavailable.hint
    ? "Check DATABASE_URL and REDIS_URL, and that what they name runs."
    : hint;

/** Whether the system refused to let this user write: a matter of the folder, not a fault of ours. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && ["EACCES", "EPERM", "EROFS"].includes(String(error.code));

outliveReaders();
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const { note } = processTerminal();
  if (error instanceof ConfigError) {
    for (const line of error.message.split("\n")) note(line);
    process.exitCode = exitCodes.configuration;
  } else if (error instanceof UsageError) {
    for (const line of error.message.split("\n")) note(line);
    process.exitCode = exitCodes.usage;
  } else if (isAppError(error)) {
    note(`${error.code}: ${error.message}`);
    note(`  ${hintOf(error)}`);
    process.exitCode = exitCodeOf(error);
  } else if (isRefusal(error)) {
    note(error.message);
    note(
      "  Work in a folder that this user may write to; docs/configuration.md lists the variables that name folders.",
    );
    process.exitCode = exitCodes.failed;
  } else {
    console.error(error);
    process.exitCode = exitCodes.failed;
  }
}
await flushOutput();
// Whatever a library still holds open must not keep a finished command alive.
process.exit();
