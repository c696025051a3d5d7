import { type Answer, answerOf } from "./answer.ts";
import { isPassingError } from "./errors.ts";
import { readEvent } from "./follow.ts";
import { type OnceOptions, onceBy } from "./once.ts";
import { openStream } from "./open-stream.ts";
import { type PagedList, pagedList } from "./page.ts";
import { type FollowOptions, reconnect } from "./reconnect.ts";
import type { Followed, FollowShared } from "./shared-events.ts";
import { sleep } from "./sleep.ts";
import type { CallOptions, Transport } from "./transport.ts";
import {
  type Batch,
  type BatchEvent,
  type BatchListQuery,
  type BatchRequest,
  isBatchOver,
  type SkippedEntry,
} from "./types.ts";
import { waitWithin } from "./wait-within.ts";

/** How to wait for a batch. */
export interface BatchWaitOptions {
  /** Called with the batch whenever it changes. What it throws ends the wait. */
  readonly onProgress?: (batch: Batch) => void;
  /** Stops waiting; the batch goes on. */
  readonly signal?: AbortSignal;
  /** Longest time to wait, in milliseconds; no limit without it. The batch goes on after that. */
  readonly timeoutMs?: number;
}

/** The batches of this key's owner. Every method rejects with an `ApiError` when the service says no. */
export interface Batches {
  /** Accepts links, or a playlist, channel or other list, and resolves with the batch at once; {@link Batches.wait} for its end. */
  create(request: BatchRequest, options?: OnceOptions): Answer<Batch>;
  /** The batch as it is now, with how many of its jobs are in each state. */
  get(id: string, options?: CallOptions): Answer<Batch>;
  /** The batches, newest first: await it for a page, iterate over it for all of them. Their jobs: `downloads.list({ batchId })`. */
  list(query?: BatchListQuery, options?: CallOptions): PagedList<Batch>;
  /** Entries of its list of which no job was made, and why, in the order of the list. */
  skipped(id: string, options?: CallOptions): PagedList<SkippedEntry>;
  /** Reads no more of its list, and cancels its jobs. */
  cancel(id: string, options?: OnceOptions): Answer<Batch>;
  /** Queues its failed jobs again, and reads its list on if that failed. */
  retry(id: string, options?: OnceOptions): Answer<Batch>;
  /** Deletes it with its jobs and their files. */
  remove(id: string, options?: CallOptions): Promise<void>;
  /** What happens to the batch and its jobs until it is over. Resumes by itself. */
  events(id: string, options?: FollowOptions): AsyncGenerator<BatchEvent, void, void>;
  /** Resolves with the batch when it is over, whatever became of its jobs: look at `state` and `counts`. Rejects with a `TimeoutError`. */
  wait(id: string, options?: BatchWaitOptions): Promise<Batch>;
  /** All results in one ZIP, as a response to stream anywhere. */
  archive(id: string, options?: CallOptions): Promise<Response>;
}

/** Pause before a wait whose events broke off looks at the batch again, in milliseconds. */
const lookEveryMs = 2_000;
/** How many looks in a row may fail for a passing reason. */
const patience = 10;

/** Makes the batches part of a client. */
export function createBatches({ raw, sender }: Transport, followShared: FollowShared): Batches {
  const byId = (id: string) => ({ params: { path: { id } } });
  const move = (id: string, kind: "cancel" | "retry", { idempotencyKey, ...options }: OnceOptions = {}) =>
    answerOf(
      raw.POST(`/api/v1/batches/{id}/${kind}`, {
        params: { path: { id }, header: onceBy(idempotencyKey) },
        fetch: sender(options),
      }),
      "id",
    );
  const get: Batches["get"] = (id, options) =>
    answerOf(raw.GET("/api/v1/batches/{id}", { ...byId(id), fetch: sender(options) }), "id");

  const events: Batches["events"] = async function* (id, options = {}) {
    const open = openStream(sender, options, ({ headers, query, fetch }) =>
      raw.GET("/api/v1/batches/{id}/events", {
        params: { path: { id }, query },
        headers,
        parseAs: "stream",
        fetch,
      }),
    );
    for await (const { message } of reconnect(open, options)) {
      if (message.event !== "batch" && message.event !== "job") continue;
      const event = readEvent<BatchEvent>(message);
      yield event;
      if (event.type === "batch" && (isBatchOver(event.data.state) || event.data.deletedAt !== undefined)) return;
    }
  };

  const followed = (id: string): Followed<BatchEvent> => ({
    id,
    own: (signal) => events(id, { signal }),
    look: async (signal) => ({ id: "", type: "batch", data: await get(id, { signal }) }),
  });

  /** The batch when it is over, by its events; where those break off, by looking at it. */
  const ended = async (id: string, signal: AbortSignal, onProgress: BatchWaitOptions["onProgress"]): Promise<Batch> => {
    for (let failures = 0; ; ) {
      try {
        for await (const event of followShared(followed(id), signal)) {
          if (event.type !== "batch") continue;
          onProgress?.(event.data);
          if (isBatchOver(event.data.state)) return event.data;
        }
        const batch = await get(id, { signal });
        onProgress?.(batch);
        if (isBatchOver(batch.state)) return batch;
        failures = 0;
      } catch (error) {
        signal.throwIfAborted();
        failures += 1;
        if (!isPassingError(error) || failures > patience) throw error;
      }
      await sleep(lookEveryMs, signal);
    }
  };

  return {
    get,
    events,
    create: (request, { idempotencyKey, ...options } = {}) =>
      answerOf(
        raw.POST("/api/v1/batches", {
          // The server fills in what is missing; the generated type describes the request after that.
          body: request as never,
          params: { header: onceBy(idempotencyKey) },
          fetch: sender(options),
        }),
        "id",
      ),
    list: ({ cursor, ...query } = {}, options) =>
      pagedList((from) => {
        const parameters = { query: { ...query, ...(from === undefined ? {} : { cursor: from }) } };
        return answerOf(raw.GET("/api/v1/batches", { params: parameters, fetch: sender(options) }), "data");
      }, cursor),
    skipped: (id, options) =>
      pagedList((from) => {
        const params = { path: { id }, query: from === undefined ? {} : { cursor: from } };
        return answerOf(raw.GET("/api/v1/batches/{id}/skipped", { params, fetch: sender(options) }), "data");
      }),
    cancel: (id, options) => move(id, "cancel", options),
    retry: (id, options) => move(id, "retry", options),
    remove: async (id, options) => {
      await raw.DELETE("/api/v1/batches/{id}", { ...byId(id), fetch: sender({ ...options, expects: "nothing" }) });
    },
    wait: (id, { signal, timeoutMs, onProgress } = {}) =>
      waitWithin(`The batch ${id}`, { signal, timeoutMs }, (ends) => ended(id, ends, onProgress)),
    archive: async (id, options = {}) => {
      const { response } = await raw.GET("/api/v1/batches/{id}/archive", {
        ...byId(id),
        parseAs: "stream",
        fetch: sender({ ...options, expects: "bytes" }),
      });
      return response;
    },
  };
}
