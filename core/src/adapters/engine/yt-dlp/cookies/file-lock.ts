import { link, open, rename, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "../../../system/system-error.ts";

/** Whoever holds a lock for longer was killed: what is done under it takes milliseconds. */
const staleMs = 30_000;
const patienceMs = 60_000;
const pauseMs = 25;

/** Runs `work` while no other process that asks for this lock file does. Rejects when the lock cannot be had. */
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
  // Moved before it is removed, so that of two who find it only one does.
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
    // Another one has removed it and taken the lock in between: it is put back. By its time, for inodes are used again at once.
    if ((await stat(aside)).mtimeMs !== found.mtimeMs) await link(aside, path);
  } catch {
    // Somebody else was quicker.
  }
  await rm(aside, { force: true });
}
