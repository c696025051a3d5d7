import { addEnvFile, exitCodes, type Program, runProgram, UsageError } from "@vidferry/core/program";
import packageJson from "../package.json" with { type: "json" };
import { readConfig } from "./command-settings.ts";

const help = `vidferry: a self-hosted video download service for YouTube

  vidferry demo              shows the whole service at work, on this machine alone
  vidferry download URL…     downloads videos here; --help lists the options
  vidferry serve             API and worker in one process
  vidferry api               the API alone        } with DATABASE_URL, REDIS_URL
  vidferry worker            a worker alone       } and STORAGE_URL
  vidferry drain HOST        its workers finish or hand back their jobs, and end; --all: every worker
  vidferry migrate           brings the database to this version
  vidferry jobs list|retry|cancel|delete   jobs of every owner, by state, error or age
  vidferry accounts erase OWNER   deletes all that is kept of an owner
  vidferry backup PLACE      copies the database and its files; restore PLACE puts them back
  vidferry keys create --name N | list | rotate ID | revoke ID
  vidferry engine list|install|use|rollback   versions of yt-dlp side by side
  vidferry doctor            checks every program and service
  vidferry doctor --orphans  lists stored files without a job

download, drain, jobs, accounts, backup, restore, keys, engine and doctor have a --help of their own. Configuration is read from the environment and from .env: see docs/configuration.md.`;

/** Commands that take no arguments of their own: one that is given is a mistake, or a setting that belongs elsewhere. */
const bare: readonly string[] = ["demo", "serve", "api", "worker", "migrate"];

async function run(args: readonly string[], program: Program): Promise<number> {
  const { terminal, signals } = program;
  const [command = "help", ...rest] = args;
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
  // Imported on demand, so that each command starts fast.
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
      return (await import("./commands/serve.ts")).serveCommand(config(), program);
    case "api":
      return (await import("@vidferry/api")).apiProgram(config(), program);
    case "worker":
      return (await import("@vidferry/worker")).workerProgram(config(), program);
    case "migrate":
      return (await import("./commands/migrate.ts")).migrateCommand(config(), terminal);
    case "drain":
      return (await import("./commands/drain.ts")).drainCommand(rest, config, terminal, signals.stop);
    case "jobs":
      return (await import("./commands/jobs.ts")).jobsCommand(rest, config, terminal, signals.stop);
    case "accounts":
      return (await import("./commands/accounts.ts")).accountsCommand(rest, config, terminal, signals.stop);
    case "backup":
      return (await import("./commands/backup.ts")).backupCommand(rest, config, terminal, signals.stop);
    case "restore":
      return (await import("./commands/restore.ts")).restoreCommand(rest, config, terminal, signals.stop);
    case "keys":
      return (await import("./commands/keys.ts")).keysCommand(rest, config, terminal);
    case "engine":
      return (await import("./commands/engine.ts")).engineCommand(rest, config, terminal, signals.stop);
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

await runProgram(process.env["TERM"], (program) => run(process.argv.slice(2), program));
