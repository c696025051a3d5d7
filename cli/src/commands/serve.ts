import type { Config } from "@vidferry/core";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes } from "../exit-codes.ts";
import { addresses, type Roles, runService } from "../run-service.ts";
import type { Terminal } from "../terminal.ts";

/**
 * `vidferry serve`, `vidferry api` and `vidferry worker`: run until a signal comes. The first one drains; the second
 * one (`force`) hands running jobs back at once.
 */
export async function serveCommand(
  roles: Roles,
  config: Config,
  terminal: Terminal,
  signals: { readonly stop: AbortSignal; readonly force: AbortSignal },
): Promise<number> {
  const logger = createPinoLogger({ level: config.LOG_LEVEL });
  const service = await runService(config, roles, logger, signals.stop).catch((error: unknown) => {
    if (signals.stop.aborted) return null;
    throw error;
  });
  if (service === null) return exitCodes.interrupted;
  if (service.url !== null) for (const line of addresses(service.url, config)) terminal.note(line);
  if (roles.worker && !roles.api) terminal.note("worker started");
  const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
  service.onDrain(drain);
  await Promise.race([aborted(signals.stop), drained]);
  terminal.note("stopping; once more stops at once");
  const hurry = aborted(signals.force).then(() => service.stop(0));
  await Promise.race([service.stop(config.DRAIN_SECONDS * 1000), hurry]);
  return exitCodes.done;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
