import { type Check, type Config, runCheck } from "@vidferry/core";
import { composeBackends, createEngine, engineOptions } from "@vidferry/core/compose";
import { createSilentLogger, systemClock } from "@vidferry/core/system";
import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

const marks = { ok: "ok     ", warning: "warning", failed: "FAILED " } as const;

/** `vidferry doctor`: looks at every program and service, a line each with what to do. */
export async function doctorCommand(config: Config, terminal: Terminal): Promise<number> {
  const logger = createSilentLogger();
  const backends = await composeBackends(config, { clock: systemClock, logger });
  const engine = createEngine(engineOptions(config), { clock: systemClock, logger });
  try {
    const shared = config.REDIS_URL !== null;
    const checks: readonly Check[] = [
      { name: "bun", status: "ok", detail: Bun.version },
      ...(await engine.check()),
      ...(await runCheck("database", "Check DATABASE_URL; run `vidferry migrate`.", () => backends.store.check())),
      ...(await runCheck(shared ? "redis" : "queue", "Check REDIS_URL and that Redis runs.", () =>
        backends.queue.check(),
      )),
      ...(await runCheck("storage", "Check STORAGE_URL: bucket, credentials, permissions.", () =>
        backends.blobs.check(),
      )),
    ];
    for (const check of checks) {
      terminal.out(`${marks[check.status]} ${check.name.padEnd(12)} ${check.detail}`);
      if (check.status !== "ok" && check.fix) terminal.out(`        → ${check.fix}`);
    }
    return checks.some((check) => check.status === "failed") ? exitCodes.failed : exitCodes.done;
  } finally {
    await engine.close().finally(backends.close);
  }
}
