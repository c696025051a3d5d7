import { constants } from "node:fs";
import { access, lstat, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Check, type Config, checkEngineChoice, runCheck } from "@vidferry/core";
import { type ComposedBackends, checkSpace, engineOptions, installsOf, pathOf } from "@vidferry/core/compose";
import { checkEveryEgress } from "./check-egress-secrets.ts";

/*
 * `vidferry doctor` is read-only: it creates no missing file or folder. So these checks test whether it could be created,
 * where the service's own checks would create it.
 */

/** Where the files that are being made lie, and how much room there is. */
export function checkWorkFolder(config: Config): Promise<Check> {
  return checkPlace(
    "disk",
    config.WORK_DIR,
    "Free space in WORK_DIR, or point it to another disk; it must be writable.",
    config.MIN_FREE_BYTES,
  );
}

/** The database, without making or migrating it. */
export async function checkDatabase(config: Config, { database }: ComposedBackends): Promise<readonly Check[]> {
  const file = await missingDatabase(config);
  if (file !== null) return [await checkPlace("database", file, "Check DATABASE_URL: its folder must be writable.")];
  return runCheck("database", "Check DATABASE_URL; run `vidferry migrate`.", () => database.check());
}

/** The file of the database, where it is not there yet: to ask it anything would make it. */
async function missingDatabase({ DATABASE_URL: url }: Config): Promise<string | null> {
  if (!url.startsWith("sqlite:")) return null;
  const file = pathOf(url);
  return file === ":memory:" || (await exists(file)) ? null : file;
}

/** Which yt-dlp is chosen; nothing while none is, and where the database cannot say. @param own the version of the settings */
export async function checkEngines(
  config: Config,
  { database }: ComposedBackends,
  own: string | null,
): Promise<readonly Check[]> {
  if ((await missingDatabase(config)) !== null) return [];
  const kept = await database.engineChoices.read().catch(() => null);
  if (kept === null) return [];
  const installed = new Set((await installsOf(engineOptions(config)).list()).map(({ version }) => version));
  return checkEngineChoice(kept.choice, (version) => installed.has(version), own);
}

/** The egresses; nothing where there is no database yet. */
export async function checkEgressesOf(config: Config, backends: ComposedBackends): Promise<readonly Check[]> {
  return (await missingDatabase(config)) === null ? await checkEveryEgress(config, backends) : [];
}

/** The queue; an embedded one is in the database. */
export async function checkQueue(config: Config, { queue, advice }: ComposedBackends): Promise<readonly Check[]> {
  if (config.QUEUE_URL !== null) return runCheck("sqs", advice.queue, () => queue.check());
  if (config.REDIS_URL === null) return [{ name: "queue", status: "ok", detail: "in the database" }];
  return runCheck("redis", advice.queue, () => queue.check());
}

/** The storage; a folder that is there is tried out. */
export async function checkStorage(config: Config, { blobs }: ComposedBackends): Promise<readonly Check[]> {
  const folder = config.STORAGE_URL.startsWith("file:") ? pathOf(config.STORAGE_URL) : null;
  if (folder !== null && !(await exists(folder)))
    return [await checkPlace("storage", folder, "Check STORAGE_URL: the folder must be writable.")];
  const temporary = folder === null ? null : join(folder, ".tmp");
  const isNew = temporary !== null && !(await exists(temporary));
  const checks = await runCheck("storage", "Check STORAGE_URL: bucket, credentials, permissions.", () => blobs.check());
  if (isNew) await rmdir(temporary).catch(() => undefined);
  return checks;
}

/** Whether a file or folder is writable or could be made. */
async function checkPlace(name: string, path: string, fix: string, reserve = 0): Promise<Check> {
  const place = resolve(path);
  try {
    const there = await nearest(place);
    await access(there, constants.W_OK);
    if (!(await stat(there)).isDirectory()) throw new Error(`${there} is not a folder`);
    const { bavail, bsize } = await statfs(there);
    const found = checkSpace(name, bavail * bsize, fix, reserve);
    return there === place ? found : { ...found, detail: `${found.detail}; ${place} is made by the first start` };
  } catch (error) {
    return { name, status: "failed", detail: error instanceof Error ? error.message : `${place} is not writable`, fix };
  }
}

async function nearest(path: string): Promise<string> {
  return (await exists(path)) || path === dirname(path) ? path : nearest(dirname(path));
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
