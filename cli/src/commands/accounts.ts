import { changeJobs, endKey, eraseAccount, type JobId, noTelemetry, type ServiceDeps } from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { cronerCalendar } from "@vidferry/core/croner";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes, UsageError } from "@vidferry/core/program";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import type { Invocation } from "../command-line/invocation.ts";
import { operator } from "../operator.ts";

const pageSize = 500;

/** `vidferry accounts erase`: deletes what is kept of an owner. */
export async function eraseCommand(
  { owner, yes }: { readonly owner: string; readonly yes: boolean },
  { config: readConfig, terminal, signals }: Invocation,
): Promise<number> {
  if (owner === "") throw new UsageError("accounts erase: the name of an owner is never empty");
  const config = readConfig();
  const signal = signals.stop;
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const backends = await composeBackends(config, { clock: systemClock, logger, migrate: false });
  const deps: ServiceDeps = {
    ...{ ...backends, clock: systemClock, ids: createIdGenerator(), logger, telemetry: noTelemetry },
    calendar: cronerCalendar(),
  };
  const { database } = deps;
  try {
    await database.check(signal);
    const keys = await database.keys.list({ owner, limit: 100_000 });
    if (!yes) {
      const { states, exact } = await database.jobs.count({ owner });
      const jobs = Object.values(states).reduce((sum, count) => sum + count, 0);
      terminal.out(`${owner} has ${keys.length} keys and ${exact ? "" : "at least "}${jobs} jobs; --yes erases them`);
      return exitCodes.done;
    }
    // The keys first: who cannot get in any more makes no new jobs.
    for (const { id } of keys) await database.transaction((tx) => endKey(tx, id, operator));
    const jobs = await deleteJobs(deps, owner, signal);
    const rows = await eraseAccount(deps, owner, operator, signal);
    terminal.out(
      `erased ${keys.length} keys, ${jobs} jobs with their files, and ${rows} rows of what was kept besides`,
    );
    return exitCodes.done;
  } finally {
    await backends.close();
  }
}

async function deleteJobs(deps: ServiceDeps, owner: string, signal: AbortSignal): Promise<number> {
  for (let deleted = 0; ; ) {
    signal.throwIfAborted();
    const page = await deps.database.jobs.list({ owner, limit: pageSize });
    if (page.length === 0) return deleted;
    const ids: readonly JobId[] = page.map(({ id }) => id);
    await changeJobs(deps, { owner, action: "delete", target: { ids } }, null);
    deleted += ids.length;
  }
}
