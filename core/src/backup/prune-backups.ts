import type { BlobStore } from "../library/blob-store.ts";
import { filesPrefix, readLists } from "./file-list.ts";
import { listManifests, readManifest, writeManifest } from "./manifest.ts";

/** Manifests of backups that are being removed: one that was interrupted is finished by the next run. */
const prunedPrefix = "pruned/";
const atOnce = 1_000;

/** Removes all but the newest backups, and the files that no other names. */
export async function pruneBackups(target: BlobStore, keep: number, signal?: AbortSignal): Promise<void> {
  const keys = await listManifests(target);
  const kept = keys.slice(-Math.max(1, keep));
  const gone = keys.slice(0, -kept.length);
  // Before anything is touched: without one of these lists nobody knows what is still needed.
  const named = new Set<string>();
  for (const key of kept) {
    const { files } = await readManifest(target, key);
    for await (const file of readLists(target, files?.lists ?? [], signal)) named.add(file.key);
  }
  for (const key of gone) {
    await writeManifest(target, `${prunedPrefix}${key}`, await readManifest(target, key));
    await target.remove([key]);
  }
  const pruned: string[] = [];
  for await (const { key } of target.list(prunedPrefix)) pruned.push(key);
  for (const key of pruned) await removePruned(target, key, named, signal);
}

async function removePruned(
  target: BlobStore,
  key: string,
  named: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { database, files } = await readManifest(target, key);
  const lists = files?.lists ?? [];
  let unnamed: string[] = [];
  for await (const file of readLists(target, lists, signal, true)) {
    if (!named.has(file.key)) unnamed.push(`${filesPrefix}${file.key}`);
    if (unnamed.length < atOnce) continue;
    await target.remove(unnamed);
    unnamed = [];
  }
  // The lists last: they say what is left to do.
  await target.remove([...unnamed, database.key]);
  await target.remove(lists);
  await target.remove([key]);
}
