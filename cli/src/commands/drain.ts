import { AppError, type Config } from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import type { Terminal } from "@vidferry/core/program";
import { exitCodes, UsageError } from "@vidferry/core/program";
import { systemClock } from "@vidferry/core/system";

/** The help of `vidferry drain`. */
export const drainHelp = `vidferry drain HOST | --all

The workers of a host (its name, or MACHINE_NAME), or all of them, take no more jobs, let the running ones finish for
DRAIN_SECONDS, hand back the rest without using up an attempt, and end: as on SIGTERM. Stop what would restart the
workers (systemd, Compose) first. Needs the DATABASE_URL of the workers, and their REDIS_URL if they have one; a worker in
one process with the API is stopped by SIGTERM.`;

/** Interval between two signals, in milliseconds: a signal may be lost, so it is sent until the workers have stopped. */
const againMs = 1_000;

/** `vidferry drain`: tells workers to end, and waits until those of a host hold no job any more. */
export async function drainCommand(
  args: readonly string[],
  readConfig: () => Config,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.out(drainHelp);
    return exitCodes.done;
  }
  const [target, ...rest] = args;
  if (target === undefined || rest.length > 0 || (target.startsWith("-") && target !== "--all"))
    throw new UsageError(drainHelp);
  const config = readConfig();
  if (config.DATABASE_URL.startsWith("sqlite:"))
    throw new UsageError(
      "drain needs the workers' DATABASE_URL (postgres://…): a service on SQLite is one process, which SIGTERM stops",
    );
  const host = target === "--all" ? null : target;
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const backends = await composeBackends(config, { clock: systemClock, logger });
  try {
    await backends.events.check(signal);
    const rounds = Math.ceil(((config.DRAIN_SECONDS + 15) * 1000) / againMs);
    for (let round = 1; round <= rounds; round++) {
      await backends.signals.send({ type: "drain", host });
      await systemClock.sleep(againMs, signal);
      if (round < 3) continue;
      if (host === null) {
        terminal.out("every worker was told to end");
        return exitCodes.done;
      }
      if ((await backends.database.leases.workersOn(host)).length === 0) {
        terminal.out(`no worker of ${host} holds a job any more`);
        return exitCodes.done;
      }
    }
    throw new AppError("timed_out", `Workers of ${host} still hold jobs.`, {
      hint: "Look at their logs, or stop them with SIGTERM.",
    });
  } finally {
    await backends.close();
  }
}
