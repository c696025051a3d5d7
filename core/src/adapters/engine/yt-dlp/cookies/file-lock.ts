import { link, open, rename, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "../../../system/system-error.ts";

/** A lock that is held for longer is stale, its holder was killed: the work under it takes milliseconds. */
const staleMs = 30_000;
const patienceMs = 60_000;
const pauseMs = 25;

/** Runs `work` while holding this lock file. Rejects when the lock cannot be acquired. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs;
  while (!(await take(path))) {
    if (performance.now() > until) throw new Error(`${path} is held by another process`);
    await sleep(pauseMs * (0.5 + Math.random()));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    await removeStale(path);
    return false;
  }
}

async function removeStale(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || Math.abs(Date.now() - found.mtimeMs) < staleMs) return;
  // Renamed before it is removed, so that only one of two processes that find it stale removes it.
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
    // Another process has removed it and acquired the lock in between: restore it. Compared by mtime, since inodes are reused.
    if ((await stat(aside)).mtimeMs !== found.mtimeMs) await link(aside, path);
  } catch {
    // Another process was faster.
  }
  await rm(aside, { force: true });
}
