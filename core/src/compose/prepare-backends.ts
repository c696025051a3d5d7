import { systemClock } from "../adapters/system/index.ts";
import { type Config, ConfigError } from "../config/config.ts";
import { AppError, toAppError } from "../errors/app-error.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ComposedBackends } from "./backends.ts";

/** How long a start waits for a database that does not answer yet, in milliseconds. */
const databasePatienceMs = 60_000;

/**
 * Looks at the backends before anything starts. The database decides everything, so it is waited for until it answers with
 * the right schema; queue and storage may come later, jobs wait for them. What only an operator can mend is not waited for.
 * Throws {@link ConfigError} with the variable to correct, or `unavailable` when the patience is over.
 */
export async function prepareBackends(
  config: Config,
  backends: ComposedBackends,
  logger: Logger,
  options: { readonly signal: AbortSignal; readonly migrate: boolean },
): Promise<void> {
  const { signal } = options;
  await Promise.all([
    waitForStore(config, backends, logger, options),
    lookAtQueue(config, backends, logger, signal),
    lookAtListening(backends, logger, signal),
    look("STORAGE_URL", () => backends.blobs.check(signal), logger),
  ]);
}

/** Where the queue is the database there is nothing more to look at. */
async function lookAtQueue(
  { QUEUE_URL, REDIS_URL }: Config,
  { queue, events }: ComposedBackends,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (QUEUE_URL !== null) await look("QUEUE_URL", () => queue.check(signal), logger);
  // A queue in Redis tells more than the event log: warnings about settings.
  if (REDIS_URL !== null) await look("REDIS_URL", () => (QUEUE_URL === null ? queue : events).check(signal), logger);
}

async function lookAtListening(
  { checkListening }: ComposedBackends,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (checkListening !== null) await look("DATABASE_LISTEN_URL", () => checkListening(signal), logger);
}

async function waitForStore(
  config: Config,
  { database, migrate }: ComposedBackends,
  logger: Logger,
  options: { readonly signal: AbortSignal; readonly migrate: boolean },
): Promise<void> {
  const variable = "DATABASE_URL";
  const until = systemClock.now().getTime() + databasePatienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      if (options.migrate || config.DATABASE_URL.startsWith("sqlite:")) {
        const wasCurrent = await isCurrent(database);
        await migrate();
        // Never in silence: the database may be one that was meant for something else.
        if (!wasCurrent) logger.info("made or updated Vidferry's tables in the database", { variable });
      }
      await database.check(options.signal);
      return;
    } catch (thrown) {
      options.signal.throwIfAborted();
      const error = toAppError(thrown);
      if (error.permanent) throw misconfigured(variable, error);
      if (systemClock.now().getTime() > until) {
        throw new AppError(error.code, `${variable}: ${error.message}`, { hint: error.hint, cause: error });
      }
      logger.warn("the database is not ready; waiting for it", {
        variable,
        attempt,
        detail: error.message,
        hint: error.hint,
        error,
      });
      await systemClock.sleep(Math.min(5_000, 500 * attempt), options.signal);
    }
  }
}

const isCurrent = (store: ComposedBackends["database"]): Promise<boolean> =>
  store.check().then(
    () => true,
    () => false,
  );

async function look(variable: string, check: () => Promise<unknown>, logger: Logger): Promise<void> {
  try {
    await check();
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.permanent) throw misconfigured(variable, error);
    logger.warn("a service does not answer yet; starting without it", {
      variable,
      detail: error.message,
      hint: error.hint,
      error,
    });
  }
}

function misconfigured(variable: string, error: AppError): ConfigError {
  return new ConfigError([`${variable}: ${error.message} ${error.hint}`]);
}
