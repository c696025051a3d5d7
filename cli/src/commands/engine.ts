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
import type { Invocation } from "../command-line/invocation.ts";
import { operator } from "../operator.ts";

/** `vidferry engine list`: what is used, and what there is. */
export async function listCommand(available: boolean, { config, terminal, signals }: Invocation): Promise<number> {
  const settings = config();
  const installs = installsOf(engineOptions(settings));
  return await inDatabase(settings, async ({ engineChoices }) => {
    const { choice } = await engineChoices.read();
    await list(choice, installs, available ? await installs.available(signals.stop) : [], terminal);
  });
}

/** `vidferry engine install`: puts a version on this machine. */
export async function installCommand(version: string, { config, terminal, signals }: Invocation): Promise<number> {
  const installed = await installsOf(engineOptions(config())).install(version, signals.stop);
  terminal.out(`yt-dlp ${installed.version} is installed: ${installed.program}`);
  return exitCodes.done;
}

/** `vidferry engine use`: tries a version on a share of all attempts, given in percent. */
export async function useCommand(
  version: string,
  percent: string,
  { config, terminal, signals }: Invocation,
): Promise<number> {
  const share = readShare(percent);
  const settings = config();
  const installs = installsOf(engineOptions(settings));
  return await inDatabase(settings, async (database) => {
    const wanted = version === "settings" ? null : (await installs.install(version, signals.stop)).version;
    terminal.out(describe(await changeChoice(database, operator, (choice) => useEngine(choice, wanted, share))));
  });
}

/** `vidferry engine rollback`: ends the trial, or goes back. */
export async function rollbackCommand({ config, terminal }: Invocation): Promise<number> {
  return await inDatabase(config(), async (database) => {
    const back = (choice: EngineChoice): EngineChoice => {
      const before = rollBackEngine(choice);
      if (before === null) throw new AppError("invalid_state", "There is no version to go back to.");
      return before;
    };
    terminal.out(describe(await changeChoice(database, operator, back)));
  });
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
