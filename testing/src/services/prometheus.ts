import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { findProgram } from "./find-program.ts";
import { startManagedService } from "./managed-service.ts";
import type { TestService } from "./service.ts";

const places = ["/opt/homebrew/bin", "/usr/local/bin"];

/** The `prometheus` program, or undefined where it is not installed. */
export function findPrometheus(): string | undefined {
  return findProgram("prometheus", places);
}

/** The `promtool` program, which comes with Prometheus. */
export function findPromtool(): string | undefined {
  return findProgram("promtool", places);
}

/** The `alertmanager` program, or undefined where it is not installed. */
export function findAlertmanager(): string | undefined {
  return findProgram("prometheus-alertmanager", places) ?? findProgram("alertmanager", places);
}

/** Starts a Prometheus with this configuration, which may be JSON, on a free port. It keeps its data in a folder of its own. */
export async function startPrometheus(config: string): Promise<TestService> {
  return await start("Prometheus", findPrometheus(), config, (folder, port) => [
    `--config.file=${join(folder, "config.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
}

/** Starts an Alertmanager with this configuration, which may be JSON, on a free port. It talks to no other. */
export async function startAlertmanager(config: string): Promise<TestService> {
  return await start("Alertmanager", findAlertmanager(), config, (folder, port) => [
    `--config.file=${join(folder, "config.yml")}`,
    `--storage.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
  ]);
}

async function start(
  name: string,
  program: string | undefined,
  config: string,
  argsOf: (folder: string, port: number) => string[],
): Promise<TestService> {
  if (program === undefined) throw new Error(`${name} is not installed; bin/test installs what it can`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const dataDir = await mkdtemp(join(tmpdir(), `vidferry-${name.toLowerCase()}-`));
  await writeFile(join(dataDir, "config.yml"), config);
  const args = argsOf(dataDir, port);
  return await startManagedService(url, port, { name, program, args, isReady: () => isReady(url), dataDir });
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
