import { type Answer, answerOf } from "./answer.ts";
import { given } from "./given.ts";
import { type PagedList, pagedList } from "./page.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type {
  AuditEntry,
  AuditQuery,
  EndedJob,
  Engines,
  HistoryQuery,
  LogLevel,
  Queue,
  Stats,
  StatsQuery,
  StoredResults,
  Worker,
} from "./types.ts";

/** Figures, history, who did what, the queue and the workers. */
export interface Records {
  /** Counts, bytes and durations of the jobs that ended. */
  stats(query?: StatsQuery, options?: CallOptions): Answer<Stats>;
  /** Every end of a job, the latest first: await it for a page, iterate over it for all of them. */
  history(query?: HistoryQuery, options?: CallOptions): PagedList<EndedJob>;
  /** The same as one CSV file, as a response to stream anywhere. */
  historyFile(query?: Omit<HistoryQuery, "limit">, options?: CallOptions): Promise<Response>;
  /** Who did what, newest first. Needs the scope `admin`, as all that follow. */
  audit(query?: AuditQuery, options?: CallOptions): PagedList<AuditEntry>;
  /** What waits, and the first page of the jobs that lost too many workers. */
  queue(options?: CallOptions): Answer<Queue>;
  /** Which yt-dlp attempts are run with, and how the one on trial does. */
  engines(options?: CallOptions): Answer<Engines>;
  /** How much all results take, and how long they are kept. */
  storage(options?: CallOptions): Answer<StoredResults>;
  /** Every worker process, the newest first. */
  workers(options?: CallOptions): Answer<readonly Worker[]>;
  /** Asks a worker to finish what it runs and end. */
  drainWorker(id: string, options?: CallOptions): Answer<Worker>;
  /** Tells every process of the service how much to log; null: what it was configured with. */
  setLogLevel(level: LogLevel | null, options?: CallOptions): Promise<void>;
}

/** Makes the records part of a client. */
export function createRecords({ raw, sender }: Transport): Records {
  return {
    stats: (query = {}, options) =>
      answerOf(raw.GET("/api/v1/stats", { params: { query }, fetch: sender(options) }), "data"),
    history: ({ cursor, ...query } = {}, options) =>
      pagedList(async (from) => {
        const parameters = given({ ...query, cursor: from });
        const sent = raw.GET("/api/v1/history", { params: { query: parameters }, fetch: sender(options) });
        return answerOf<{ data: EndedJob[]; nextCursor: string | null }>(sent as never, "data");
      }, cursor),
    historyFile: async (query = {}, options = {}) => {
      const { response } = await raw.GET("/api/v1/history", {
        params: { query: { ...query, format: "csv" } },
        parseAs: "stream",
        fetch: sender({ ...options, expects: "bytes" }),
      });
      return response;
    },
    audit: ({ cursor, ...query } = {}, options) =>
      pagedList((from) => {
        const parameters = { query: given({ ...query, cursor: from }) };
        return answerOf(raw.GET("/api/v1/audit", { params: parameters, fetch: sender(options) }), "data");
      }, cursor),
    queue: (options) => answerOf(raw.GET("/api/v1/queue", { fetch: sender(options) }), "lanes"),
    engines: (options) => answerOf(raw.GET("/api/v1/engines", { fetch: sender(options) }), "inUse"),
    storage: (options) => answerOf(raw.GET("/api/v1/storage", { fetch: sender(options) }), "storedBytes"),
    workers: (options) => answerOf(raw.GET("/api/v1/workers", { fetch: sender(options) }), "data", ({ data }) => data),
    drainWorker: (id, options) => {
      const params = { path: { id } };
      return answerOf(raw.POST("/api/v1/workers/{id}/drain", { params, fetch: sender(options) }), "id");
    },
    setLogLevel: async (level, options) => {
      await answerOf(raw.PUT("/api/v1/log-level", { body: { level }, fetch: sender(options) }), "level");
    },
  };
}
