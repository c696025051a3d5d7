import type { Batch, DownloadJob, Vidferry } from "@vidferry/sdk";

/** Whether an id is that of a batch. */
export const isBatchId = (id: string): boolean => id.startsWith("bat_");

/** How long the list of a batch may grow until the jobs that came are looked for, in milliseconds. */
const lookEveryMs = 2_000;

/** The jobs of a batch, each once, also those that come while its list is read. */
export async function* childrenOf(
  vidferry: Vidferry,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<DownloadJob, void, void> {
  const seen = new Set<string>();
  for (;;) {
    // Asked first: what it had made by then is in the list.
    const { state } = await vidferry.batches.get(id, { signal });
    for await (const job of vidferry.downloads.list({ batchId: id, limit: 100 }, { signal })) {
      if (!seen.has(job.id)) yield job;
      seen.add(job.id);
    }
    if (state !== "expanding") return;
    await grown(vidferry, id, signal);
  }
}

/** Waits until the batch has read its list, or for a while. */
async function grown(vidferry: Vidferry, id: string, signal: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const onProgress = ({ state }: Batch): void => {
    if (state !== "expanding") enough.abort();
  };
  const ends = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(lookEveryMs)]);
  await vidferry.batches.wait(id, { signal: ends, onProgress }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!ends.aborted) throw error;
  });
}
