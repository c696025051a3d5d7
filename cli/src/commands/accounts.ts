import {
  type Config,
  changeJobs,
  endKey,
  eraseAccount,
  type JobId,
  noTelemetry,
  type ServiceDeps,
} from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { cronerCalendar } from "@vidferry/core/croner";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { operator } from "../operator.ts";
import { readOptions } from "../read-options.ts";

/** The help of `vidferry accounts`. */
export const accountsHelp = `vidferry accounts erase OWNER [--yes]

Deletes all that is kept of an owner: keys, jobs with their files, limits, webhooks and their deliveries, history and
statistics. The audit log keeps what was done, without the owner's name. Without --yes it only says what there is. It
cannot be undone, but backups still have it. Done again after an interruption, it goes on.`;

const pageSize = 500;

/** `vidferry accounts`: erases what is kept of an owner. */
export async function accountsCommand(
  args: readonly string[],
  readConfig: () => Config,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.out(accountsHelp);
    return exitCodes.done;
  }
  const { owner, yes } = readArguments(args);
  const config = readConfig();
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

function readArguments(args: readonly string[]): { readonly owner: string; readonly yes: boolean } {
  const { values, positionals } = readOptions(args, { yes: { type: "boolean" } }, accountsHelp);
  const [action, owner, ...more] = positionals;
  if (action !== "erase" || owner === undefined || owner === "" || more.length > 0) throw new UsageError(accountsHelp);
  return { owner, yes: values.yes ?? false };
}
