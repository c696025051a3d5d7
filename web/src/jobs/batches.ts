import { signal } from "@preact/signals";
import type { Batch } from "@vidferry/sdk";

/** The last that is known of each batch that was listed or changed. */
export const batches = signal<ReadonlyMap<string, Batch>>(new Map());

export function noteBatch(...changed: readonly Batch[]): void {
  const next = new Map(batches.peek());
  for (const one of changed) {
    if (one.deletedAt === undefined) next.set(one.id, one);
    else next.delete(one.id);
  }
  batches.value = next;
}
