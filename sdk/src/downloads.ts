import { type Answer, answerOf } from "./answer.ts";
import { toBulkBody, toParameters } from "./download-filter.ts";
import type { BulkOptions, CreateOptions, FileOptions, LinkOptions, UpdateOptions } from "./download-options.ts";
import { type ApiError, type JobFailedError, NotFoundError, type SaveError } from "./errors.ts";
import { follow } from "./follow.ts";
import type { components } from "./generated/schema.ts";
import { given } from "./given.ts";
import { onceBy } from "./once.ts";
import { openStream } from "./open-stream.ts";
import { type PagedList, pagedList } from "./page.ts";
import type { FollowOptions } from "./reconnect.ts";
import type { Saved, SaveOptions, SaveTarget } from "./save/options.ts";
import type { SaveSources } from "./save/save.ts";
import type { Followed, FollowShared } from "./shared-events.ts";
import type { CallOptions, SendOptions, Transport } from "./transport.ts";
import type {
  BulkAllRequest,
  BulkAnswer,
  BulkOutcome,
  BulkRequest,
  DownloadCounts,
  DownloadEdit,
  DownloadEvent,
  DownloadFilter,
  DownloadJob,
  DownloadRequest,
  FileLink,
  ListQuery,
  SucceededJob,
} from "./types.ts";
import { type WaitOptions, waitForJob } from "./wait.ts";

/** The jobs of a service. Every method rejects with an {@link ApiError} when the service says no. */
export interface Downloads {
  /** Accepts a link and resolves with the new job at once; {@link Downloads.wait} for its end. */
  create(request: DownloadRequest, options?: CreateOptions): Answer<DownloadJob>;
  /** The job as it is now. */
  get(id: string, options?: CallOptions): Answer<DownloadJob>;
  /** The jobs, newest first: await it for a page, iterate over it for all of them. */
  list(query?: ListQuery, options?: CallOptions): PagedList<DownloadJob>;
  /** How many jobs are in each state. */
  counts(query?: DownloadFilter, options?: CallOptions): Answer<DownloadCounts>;
  /** Changes labels at any time, and the priority while the job waits. */
  update(id: string, changes: DownloadEdit, options?: UpdateOptions): Answer<DownloadJob>;
  /**
   * Does one thing to several jobs, and says what became of each. A filter is done page by page: call again with `nextCursor`
   * as `cursor` until it is null, or take {@link Downloads.bulkAll}.
   */
  bulk(request: BulkRequest, options?: BulkOptions): Answer<BulkAnswer>;
  /**
   * Does one thing to all jobs of a filter, page after page, and says what became of each: a job whose `error` is not null was
   * left as it was. A page is done when the iteration comes to it, so one that is left early leaves the others alone.
   *
   * ```ts
   * const filter = { state: "failed", labels: { project: "x" } } as const;
   * for await (const { id, error } of vidferry.downloads.bulkAll({ action: "retry", filter })) console.log(id, error?.detail ?? "queued");
   * ```
   */
  bulkAll(request: BulkAllRequest, options?: CallOptions): AsyncGenerator<BulkOutcome, void, void>;
  /** Stops the job for good; a retry can revive it. */
  cancel(id: string, options?: CallOptions): Answer<DownloadJob>;
  /** Keeps the job from being run; a running attempt stops and keeps what it has. */
  pause(id: string, options?: CallOptions): Answer<DownloadJob>;
  /** Offers a paused job to the workers again. */
  resume(id: string, options?: CallOptions): Answer<DownloadJob>;
  /** Queues a failed or cancelled job again. */
  retry(id: string, options?: CallOptions): Answer<DownloadJob>;
  /** Ends the recording of a live stream and keeps what was recorded: the job then succeeds with it. */
  finish(id: string, options?: CallOptions): Answer<DownloadJob>;
  /** Cancels the job if it runs, and deletes it with its files. */
  remove(id: string, options?: CallOptions): Promise<void>;
  /** What happens to the job until it is over. Resumes by itself, and brings each event once. */
  events(id: string, options?: FollowOptions): AsyncGenerator<DownloadEvent, void, void>;
  /** Resolves with the job when it has succeeded. Rejects with a {@link JobFailedError} or a `TimeoutError`. */
  wait(id: string, options?: WaitOptions): Promise<SucceededJob>;
  /** The bytes of a file, as a response to stream anywhere. Its `content-disposition` holds the name. */
  file(id: string, artifactId: string, options?: FileOptions): Promise<Response>;
  /**
   * Saves the files of a job, of a new one for a link or a request, or of the one with this id, after it has succeeded. Into a
   * folder (one that is there, or a path that ends in `/`) all of them by their names; at another path, or into a stream, the first.
   *
   * Goes on after connections that break and services that restart, and after its own program was killed: what is there of a file
   * is not fetched again. A file is in its place only when all of it is, with the right SHA-256.
   *
   * ```ts
   * const { files } = await vidferry.downloads.save("https://youtu.be/dQw4w9WgXcQ", "videos/", {
   *   onProgress: ({ job, savedBytes, totalBytes }) => console.log(job.stage, savedBytes, totalBytes),
   * });
   * ```
   *
   * Rejects with a {@link SaveError}, and as {@link Downloads.wait} does.
   */
  save(what: DownloadJob | DownloadRequest | string, target: SaveTarget, options?: SaveOptions): Promise<Saved>;
  /** All files of the job in one ZIP, as a response to stream anywhere. */
  archive(id: string, options?: CallOptions): Promise<Response>;
  /** An address that opens the file without a key, for a page or a mail. It ends when it expires, with the file, or with the key that made it. */
  link(id: string, artifactId: string, options?: LinkOptions): Answer<FileLink>;
}

type Move = "cancel" | "pause" | "resume" | "retry" | "finish";

/** A job out of an answer. Which state has what, the document cannot say. */
const jobOf = (sent: Promise<{ readonly data?: components["schemas"]["DownloadJob"]; readonly response: Response }>) =>
  answerOf(sent, "id") as Answer<DownloadJob>;

/** Makes the downloads part of a client. */
export function createDownloads({ raw, sender, resolve }: Transport, followShared: FollowShared): Downloads {
  const byId = (id: string) => ({ params: { path: { id } } });

  const get: Downloads["get"] = (id, options) =>
    jobOf(raw.GET("/api/v1/downloads/{id}", { ...byId(id), fetch: sender(options) }));

  const move = (id: string, kind: Move, options?: CallOptions): Answer<DownloadJob> =>
    jobOf(raw.POST(`/api/v1/downloads/{id}/${kind}`, { ...byId(id), fetch: sender(options) }));

  const events: Downloads["events"] = (id, options = {}) =>
    follow(
      openStream(sender, options, ({ headers, query, fetch }) =>
        raw.GET("/api/v1/downloads/{id}/events", {
          params: { path: { id }, query },
          headers,
          parseAs: "stream",
          fetch,
        }),
      ),
      options,
    );

  const bulk: Downloads["bulk"] = (request, options = {}) => {
    const { idempotencyKey, ...call } = options;
    return answerOf(
      raw.POST("/api/v1/downloads/bulk", {
        // The server fills in what is missing; the generated type describes the request after that.
        body: toBulkBody(request) as components["schemas"]["BulkRequest"],
        params: { header: onceBy(idempotencyKey) },
        fetch: sender(call),
      }),
      "data",
    );
  };

  const wait: Downloads["wait"] = (id, options) => {
    const followed: Followed<DownloadEvent> = {
      id,
      own: (signal) => events(id, { signal, maxReconnects: 2 }),
      look: async (signal) => ({ id: "", type: "job", data: await get(id, { signal }) }),
    };
    const sources = {
      events: (signal: AbortSignal) => followShared(followed, signal),
      get: (signal: AbortSignal) => get(id, { signal }),
    };
    return waitForJob(id, sources, options);
  };

  const create: Downloads["create"] = (request, options = {}) => {
    const { idempotencyKey, wait, ...call } = options;
    return jobOf(
      raw.POST("/api/v1/downloads", {
        // The server fills in what is missing; the generated type describes the job's request after that.
        body: request as DownloadJob["request"],
        params: {
          header: {
            ...onceBy(idempotencyKey),
            ...given({ prefer: wait === undefined ? undefined : `wait=${wait}` }),
          },
        },
        fetch: sender({ ...call, waitMs: (wait ?? 0) * 1_000 }),
      }),
    );
  };

  const open: SaveSources["open"] =
    ({ id }, { id: artifactId }, signal) =>
    async (offset, tag) => {
      const { response } = await raw.GET("/api/v1/downloads/{id}/files/{artifactId}", {
        params: { path: { id, artifactId } },
        headers: offset === 0 ? {} : { range: `bytes=${offset}-`, "if-range": tag },
        parseAs: "stream",
        // Whoever saves connects again.
        fetch: sender({ signal, maxRetries: 0, expects: "bytes" }),
      });
      return response;
    };

  return {
    get,
    events,
    create,
    list: (query = {}, options) => {
      const { cursor, ...rest } = query;
      return pagedList((from) => {
        const parameters = { query: { ...toParameters(rest), ...(from === undefined ? {} : { cursor: from }) } };
        return answerOf(
          raw.GET("/api/v1/downloads", { params: parameters, fetch: sender(options) }),
          "data",
          (page) => ({
            ...page,
            data: page.data as DownloadJob[],
          }),
        );
      }, cursor);
    },
    counts: (query = {}, options) =>
      answerOf(
        raw.GET("/api/v1/downloads/counts", {
          params: { query: toParameters(query) },
          fetch: sender(options),
        }),
        "states",
      ),
    update: (id, changes, options = {}) => {
      const { ifMatch, ...call } = options;
      return jobOf(
        raw.PATCH("/api/v1/downloads/{id}", {
          params: { path: { id }, ...(ifMatch === undefined ? {} : { header: { "if-match": ifMatch } }) },
          body: changes,
          fetch: sender(call),
        }),
      );
    },
    bulk,
    bulkAll: async function* ({ cursor, ...request }, options) {
      let place: string | null = cursor ?? null;
      do {
        const { data, nextCursor }: BulkAnswer = await bulk({ ...request, cursor: place }, options);
        yield* data;
        place = nextCursor;
      } while (place !== null);
    },
    cancel: (id, options) => move(id, "cancel", options),
    pause: (id, options) => move(id, "pause", options),
    resume: (id, options) => move(id, "resume", options),
    retry: (id, options) => move(id, "retry", options),
    finish: (id, options) => move(id, "finish", options),
    remove: async (id, options = {}) => {
      const { sending, wasRepeated } = watchRepeats(options);
      try {
        await raw.DELETE("/api/v1/downloads/{id}", { ...byId(id), fetch: sender({ ...sending, expects: "nothing" }) });
      } catch (error) {
        if (!wasRepeated() || !(error instanceof NotFoundError)) throw error;
      }
    },
    wait,
    save: async (what, target, options = {}) => {
      // Pages that save nothing do not load it.
      const { save } = await import("./save/save.ts");
      return save({ create, wait, open }, what, target, options);
    },
    file: async (id, artifactId, options = {}) => {
      const { range, proxy, ...call } = options;
      const { response } = await raw.GET("/api/v1/downloads/{id}/files/{artifactId}", {
        params: { path: { id, artifactId }, query: proxy === true ? { proxy: "1" } : {} },
        ...(range === undefined ? {} : { headers: { range } }),
        parseAs: "stream",
        fetch: sender({ ...call, expects: "bytes" }),
      });
      return response;
    },
    archive: async (id, options = {}) => {
      const { response } = await raw.GET("/api/v1/downloads/{id}/archive", {
        params: { path: { id } },
        parseAs: "stream",
        fetch: sender({ ...options, expects: "bytes" }),
      });
      return response;
    },
    link: (id, artifactId, options = {}) => {
      const { expiresInSeconds = 3_600, ...call } = options;
      return answerOf(
        raw.POST("/api/v1/downloads/{id}/files/{artifactId}/link", {
          params: { path: { id, artifactId } },
          body: { expiresInSeconds },
          fetch: sender(call),
        }),
        "url",
        // A service that does not know its public address answers with a path.
        (link) => ({ ...link, url: resolve(link.url) }),
      );
    },
  };
}

/** Tells whether a call was repeated: what it asks for may have been done by a try whose answer was lost. */
function watchRepeats(options: CallOptions): { readonly sending: SendOptions; readonly wasRepeated: () => boolean } {
  let repeated = false;
  const onRetry = (): void => {
    repeated = true;
  };
  return { sending: { ...options, onRetry }, wasRepeated: () => repeated };
}
