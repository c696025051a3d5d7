import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check, Config } from "@vidferry/core";
import { composeBackends, composeEngine, engineOptions } from "@vidferry/core/compose";
import type { Terminal } from "@vidferry/core/program";
import { exitCodes } from "@vidferry/core/program";
import { createSilentLogger, systemClock } from "@vidferry/core/system";
import {
  checkDatabase,
  checkEgressesOf,
  checkEngines,
  checkQueue,
  checkStorage,
  checkWorkFolder,
} from "../check-places.ts";

const marks = { ok: "ok     ", warning: "warning", failed: "FAILED " } as const;

/** `vidferry doctor`: checks every program and service, one line each, with what to do about a failure. Read-only. */
export async function doctorCommand(config: Config, terminal: Terminal): Promise<number> {
  const logger = createSilentLogger();
  const backends = await composeBackends(config, { clock: systemClock, logger, migrate: false });
  // The engine writes its wrappers of the programs there; doctor leaves the real one as it is.
  const workDir = await mkdtemp(join(tmpdir(), "vidferry-doctor-"));
  const engine = composeEngine({ ...engineOptions(config), workDir }, { clock: systemClock, logger });
  try {
    const programs = (await engine.check()).filter(({ name }) => name !== "disk");
    const checks: readonly Check[] = [
      { name: "bun", status: "ok", detail: Bun.version },
      ...programs,
      ...(await checkEngines(config, backends, await engine.downloader.version())),
      await checkWorkFolder(config),
      ...(await checkDatabase(config, backends)),
      ...(await checkEgressesOf(config, backends)),
      ...(await checkQueue(config, backends)),
      ...(await checkStorage(config, backends)),
    ];
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const check of checks) {
      terminal.out(`${marks[check.status]} ${check.name.padEnd(width)} ${check.detail}`);
      if (check.status !== "ok" && check.fix) terminal.out(`        → ${check.fix}`);
    }
    return checks.some((check) => check.status === "failed") ? exitCodes.failed : exitCodes.done;
  } finally {
    await engine.close().finally(backends.close);
    await rm(workDir, { recursive: true, force: true });
  }
}
