import { AppError } from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes, UsageError } from "@vidferry/core/program";
import { systemClock } from "@vidferry/core/system";
import type { Invocation } from "../command-line/invocation.ts";

/** Interval between two signals, in milliseconds: a signal may be lost, so it is sent until the workers have stopped. */
const againMs = 1_000;

/** `vidferry drain`: tells workers to end, and waits until those of a host hold no job any more. */
export async function drainCommand(
  target: { readonly host: string | undefined; readonly all: boolean },
  { config: readConfig, terminal, signals }: Invocation,
): Promise<number> {
  if (target.all === (target.host !== undefined)) throw new UsageError("drain: name the host of the workers, or --all");
  const config = readConfig();
  if (config.DATABASE_URL.startsWith("sqlite:"))
    throw new UsageError(
      "drain needs the workers' DATABASE_URL (postgres://…): a service on SQLite is one process, which SIGTERM stops",
    );
  const host = target.host ?? null;
  const signal = signals.stop;
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
