import type { OutboxBacklog, TakenItem } from "../database/outbox.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { toAppError } from "../errors/app-error.ts";
import type { OwnershipMonitor } from "./orphans/ownership-monitor.ts";
import type { HeldBack } from "./task.ts";

type DeletionDeps = Pick<ServiceDeps, "database" | "blobs" | "logger">;

/** The task that deletes files without references. */
export interface BlobDeletions {
  run(signal?: AbortSignal): Promise<void>;
  /** Why files that should be deleted still exist; null when there are none. */
  heldBack(): HeldBack | null;
}

const kind = "blob_deletion";
/** A process that took items has this long to delete their files before another process takes them, in milliseconds. */
const holdMs = 60_000;
const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;

/**
 * Deletes the files of unreferenced blobs listed in the outbox. A failed deletion is retried with backoff and does not affect
 * others. While the storage does not have our mark, nothing is deleted and all items stay.
 */
export function createBlobDeletions(
  deps: DeletionDeps,
  storage: Pick<OwnershipMonitor, "check" | "heldBack">,
  batch: number,
): BlobDeletions {
  let held: HeldBack | null = null;
  return {
    heldBack: () => held,
    run: async (signal) => {
      for (;;) {
        signal?.throwIfAborted();
        const items = await deps.database.outbox.take(kind, batch, holdMs);
        if (items.length === 0) break;
        // Checked only when there is something to delete, since it queries the storage.
        if ((await storage.check()).kind !== "ours") {
          held = storage.heldBack();
          return;
        }
        await deleteBatch(deps, items);
        if (items.length < batch) break;
      }
      held = whyHeldBack(await deps.database.outbox.backlog(kind));
    },
  };
}

async function deleteBatch({ database, blobs, logger }: DeletionDeps, items: readonly TakenItem[]): Promise<void> {
  const names = items.map(({ name }) => name);
  // A released blob cannot be referenced again; if the database has references all the same, keep the file.
  const known = await database.blobs.known(names);
  const unnamed = items.filter(({ name }) => !known.has(name));
  const done: string[] = [...known];
  try {
    await blobs.remove(unnamed.map(({ name }) => name));
    done.push(...unnamed.map(({ name }) => name));
  } catch {
    // A single failing file rejects the whole batch, so delete them one by one.
    for (const { name, failures } of unnamed) {
      try {
        await blobs.remove([name]);
        done.push(name);
      } catch (error) {
        logger.warn("a file that nobody needs could not be deleted; it is tried again", { key: name, failures, error });
        await database.outbox.postpone(kind, name, pauseAfter(failures + 1), toAppError(error).message);
      }
    }
  }
  await database.outbox.remove(kind, done);
}

/** Exponential backoff with jitter, so that many files of one outage are not retried at once. */
function pauseAfter(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 20)) * (0.75 + Math.random() / 2);
}

function whyHeldBack({ failing, problem }: OutboxBacklog): HeldBack | null {
  if (failing === 0) return null;
  const files = failing === 1 ? "A file that nobody needs" : `${failing} files that nobody needs`;
  return {
    detail: `${files} could not be deleted: ${problem ?? "no reason is known"}`,
    fix: "Look at the storage, and whether it may be written. It is tried again, at least once an hour.",
  };
}
