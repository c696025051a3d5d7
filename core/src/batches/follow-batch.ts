import type { ServiceDeps } from "../dependencies.ts";
import { batchTopic } from "../jobs/event-log.ts";
import { compareEventIds, type LoggedEvent } from "../jobs/events.ts";
import type { BatchId } from "../runtime/ids.ts";
import { type Batch, isBatchOver } from "./batch.ts";
import { getBatch } from "./manage-batch.ts";
import { toBatchResource } from "./resource.ts";

export interface FollowBatchOptions {
  /** Replay the events after this one; null: start with a `batch` event of how it is now. */
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
  /** Least time between two `batch` events that tell how its jobs go on, in milliseconds. Default: 1 s. */
  readonly countsEveryMs?: number;
  /** How often the store is asked in case the log lost an event, in milliseconds. Default: 10 s. */
  readonly backstopMs?: number;
}

type FollowDeps = Pick<ServiceDeps, "database" | "events" | "clock">;

/** Unread events that are kept; a reader that is further behind reads them from the log again. */
const mostUnread = 1_000;

/**
 * The events of a batch and the `job` events of its jobs, until the `batch` event that says that it is over. Between those, `batch`
 * events tell how its jobs go on: they are made for this reader, of the store, and have the id of the event before. Throws
 * `not_found` before the first event; ends without an error when the signal aborts or the batch is deleted.
 */
export async function* followBatch(
  deps: FollowDeps,
  id: BatchId,
  owner: string,
  options: FollowBatchOptions,
): AsyncGenerator<LoggedEvent, void, void> {
  const { signal, countsEveryMs = 1_000, backstopMs = 10_000 } = options;
  let batch: Batch | null = await getBatch(deps, id, owner);
  let last = options.lastEventId;
  let mustRead = true;
  const unread: LoggedEvent[] = [];
  let wake = (): void => undefined;
  const unsubscribe = await deps.events.subscribe(batchTopic(id), (event) => {
    if (event === null || unread.length >= mostUnread) mustRead = true;
    else unread.push(event);
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    let told = "";
    let isDirty = false;
    while (!signal.aborted) {
      if (mustRead) {
        mustRead = false;
        unread.length = 0;
        const page = await deps.events.read(batchTopic(id), last ?? undefined);
        if (last !== null && page.complete) {
          for (const event of page.events) {
            last = event.id;
            yield event;
          }
        }
        last = page.lastId;
        batch = await deps.database.batches.get(id, owner);
        if (batch === null) return;
        const event = { id: last, type: "batch", data: toBatchResource(batch) } as const;
        told = JSON.stringify(event.data);
        yield event;
        if (isBatchOver(batch.state)) return;
      }
      for (let event = unread.shift(); event !== undefined && !mustRead; event = unread.shift()) {
        if (last !== null && compareEventIds(event.id, last) <= 0) continue;
        last = event.id;
        if (event.type === "job") isDirty = true;
        else if (event.type === "batch") told = JSON.stringify(event.data);
        yield event;
        if (event.type === "batch" && (event.data.deletedAt !== undefined || isBatchOver(event.data.state))) return;
      }
      if (mustRead || signal.aborted) continue;
      const isWoken = await waitFor(deps, isDirty ? countsEveryMs : backstopMs, (resume) => {
        wake = resume;
        return unread.length > 0 || mustRead || signal.aborted;
      });
      if (isWoken) continue;
      isDirty = false;
      batch = await deps.database.batches.get(id, owner);
      if (batch === null) return;
      const data = toBatchResource(batch);
      const text = JSON.stringify(data);
      if (text === told) continue;
      told = text;
      yield { id: last ?? "0-0", type: "batch", data };
      if (isBatchOver(batch.state)) return;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    unsubscribe();
  }
}

/** Waits for `ms`; true when something woke it before. */
async function waitFor(
  { clock }: Pick<ServiceDeps, "clock">,
  ms: number,
  listen: (resume: () => void) => boolean,
): Promise<boolean> {
  const woken = new AbortController();
  if (listen(() => woken.abort())) return true;
  return await clock.sleep(ms, woken.signal).then(
    () => false,
    () => true,
  );
}
