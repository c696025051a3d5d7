import {
  AppError,
  type Config,
  changeChoice,
  type Database,
  type EngineChoice,
  type EngineInstalls,
  rollBackEngine,
  useEngine,
} from "@vidferry/core";
import { composeBackends, engineOptions, installsOf } from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import { systemClock } from "@vidferry/core/system";
import { operator } from "../operator.ts";
import { readOptions } from "../read-options.ts";

/** The help of `vidferry engine`. */
export const engineHelp = `vidferry engine COMMAND

  list [--available]         what is used, what is on this machine, and with --available what ENGINE_INDEX has
  install VERSION            puts a version of yt-dlp on this machine, beside the others; nothing uses it yet
  use VERSION [--share 10]   installs it, tries it on 10 % of all attempts, and uses it for all when it does well;
                             --share 100: for all at once. \`use settings\`: the yt-dlp of VIDFERRY_YTDLP again
  rollback                   ends the trial, or goes back to the version that was used before

What is used is kept in the database: each worker hears of it within seconds and installs what it lacks. A version that
fails more often than the one before it is left by itself; health says so.`;

/** `vidferry engine`: versions of yt-dlp side by side, and which one attempts are run with. */
export async function engineCommand(
  args: readonly string[],
  readConfig: () => Config,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.out(engineHelp);
    return exitCodes.done;
  }
  const spec = { share: { type: "string" }, available: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, spec, engineHelp);
  const [action, version, ...more] = positionals;
  const takesVersion = action === "install" || action === "use";
  if (more.length > 0 || takesVersion !== (version !== undefined)) throw new UsageError(engineHelp);
  if (values.share !== undefined && action !== "use") throw new UsageError(engineHelp);
  const share = readShare(values.share ?? "10");
  const config = readConfig();
  const installs = installsOf(engineOptions(config));
  switch (action) {
    case "list":
      return await inDatabase(config, async ({ engineChoices }) => {
        const { choice } = await engineChoices.read();
        await list(choice, installs, values.available ? await installs.available(signal) : [], terminal);
      });
    case "install": {
      const installed = await installs.install(version ?? "", signal);
      terminal.out(`yt-dlp ${installed.version} is installed: ${installed.program}`);
      return exitCodes.done;
    }
    case "use":
      return await inDatabase(config, async (database) => {
        const wanted = version === "settings" ? null : (await installs.install(version ?? "", signal)).version;
        terminal.out(describe(await changeChoice(database, operator, (choice) => useEngine(choice, wanted, share))));
      });
    case "rollback":
      return await inDatabase(config, async (database) => {
        const back = (choice: EngineChoice): EngineChoice => {
          const before = rollBackEngine(choice);
          if (before === null) throw new AppError("invalid_state", "There is no version to go back to.");
          return before;
        };
        terminal.out(describe(await changeChoice(database, operator, back)));
      });
    default:
      throw new UsageError(engineHelp);
  }
}

function readShare(text: string): number {
  const percent = Number(text);
  if (!/^\d+$/.test(text) || percent < 1 || percent > 100)
    throw new UsageError("--share is a percentage of all attempts: 1 to 100");
  return percent / 100;
}

async function inDatabase(config: Config, run: (database: Database) => Promise<void>): Promise<number> {
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const backends = await composeBackends(config, { clock: systemClock, logger, migrate: false });
  try {
    await run(backends.database);
    return exitCodes.done;
  } finally {
    await backends.close();
  }
}

const nameOf = (version: string | null): string => version ?? "the yt-dlp of the settings";

function describe({ current, previous, trial, left, newest }: EngineChoice): string {
  const before = previous === undefined ? "" : `; before it ${nameOf(previous)}`;
  const tried =
    trial === null
      ? []
      : [
          `tried: ${trial.version} on ${Math.round(trial.share * 100)} % of the attempts, of whose runs ${trial.outcomes.succeeded} succeeded and ${trial.outcomes.failed} failed`,
        ];
  const gone = left === null ? [] : [`left: ${left.version}: ${left.reason}`];
  const seen = newest === undefined ? [] : [`newest in the index, when it was last looked at: ${newest}`];
  return [`used: ${nameOf(current)}${before}`, ...tried, ...gone, ...seen].join("\n");
}

async function list(
  choice: EngineChoice,
  installs: EngineInstalls,
  available: readonly string[],
  terminal: Terminal,
): Promise<void> {
  terminal.out(describe(choice));
  for (const { version, program } of await installs.list()) terminal.out(`on this machine: ${version}  ${program}`);
  const newest = available.slice(0, 10);
  if (newest.length > 0) terminal.out(`available, the newest first: ${newest.join(", ")}`);
}
