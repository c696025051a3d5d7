import { type Answer, answerOf } from "./answer.ts";
import type { components } from "./generated/schema.ts";
import { type OnceOptions, onceBy } from "./once.ts";
import { type PagedList, pagedList } from "./page.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type { NewSchedule, Schedule, ScheduleChanges, ScheduleFeedLink, ScheduleState } from "./types.ts";

/** Which schedules to list. */
export interface ScheduleListQuery {
  readonly state?: ScheduleState;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** Schedules a page, 1 to 100; 20. */
  readonly limit?: number;
}

/** The schedules of this key's owner. Every method rejects with an `ApiError` when the service says no. */
export interface Schedules {
  /** Makes a schedule: `runAt` for once, `cron` and `timeZone` for again and again. */
  create(schedule: NewSchedule, options?: OnceOptions): Answer<Schedule>;
  get(id: string, options?: CallOptions): Answer<Schedule>;
  /** Newest first: await it for a page, iterate over it for all of them. */
  list(query?: ScheduleListQuery, options?: CallOptions): PagedList<Schedule>;
  /** Changes what is given; `runAt` and `cron` take each other's place. */
  update(id: string, changes: ScheduleChanges, options?: CallOptions): Answer<Schedule>;
  /** Deletes it; the downloads that it made stay. */
  delete(id: string, options?: CallOptions): Promise<void>;
  pause(id: string, options?: OnceOptions): Answer<Schedule>;
  /** Goes on with its next time; what it missed while it was paused is not made up for. */
  resume(id: string, options?: OnceOptions): Answer<Schedule>;
  /** The link that a podcast player reads its results at, in this answer alone; it replaces the one before. */
  openFeed(id: string, options?: OnceOptions): Answer<ScheduleFeedLink>;
  /** The link of its feed, and those of the files that it named, open nothing any more. */
  closeFeed(id: string, options?: CallOptions): Promise<void>;
  /** Runs it now, whatever its state; `lastResult` says what that made. */
  run(id: string, options?: OnceOptions): Answer<Schedule>;
}

/** Makes the schedules part of a client. */
export function createSchedules({ raw, sender }: Transport): Schedules {
  const byId = (id: string) => ({ params: { path: { id } } });
  const move =
    (path: "/api/v1/schedules/{id}/pause" | "/api/v1/schedules/{id}/resume" | "/api/v1/schedules/{id}/run") =>
    (id: string, { idempotencyKey, ...options }: OnceOptions = {}): Answer<Schedule> => {
      const params = { path: { id }, header: onceBy(idempotencyKey) };
      return answerOf(raw.POST(path, { params, fetch: sender(options) }), "id");
    };
  return {
    create: (schedule, { idempotencyKey, ...options } = {}) => {
      const params = { header: onceBy(idempotencyKey) };
      // The server fills in what has a default.
      const body = schedule as components["schemas"]["CreateSchedule"];
      return answerOf(raw.POST("/api/v1/schedules", { params, body, fetch: sender(options) }), "id");
    },
    get: (id, options) => answerOf(raw.GET("/api/v1/schedules/{id}", { ...byId(id), fetch: sender(options) }), "id"),
    list: ({ cursor, ...query } = {}, options) =>
      pagedList(async (from) => {
        const parameters = { ...query, ...(from === undefined ? {} : { cursor: from }) };
        return answerOf(
          raw.GET("/api/v1/schedules", { params: { query: parameters }, fetch: sender(options) }),
          "data",
        );
      }, cursor),
    update: (id, changes, options) => {
      const body = changes as components["schemas"]["ChangeSchedule"];
      return answerOf(raw.PATCH("/api/v1/schedules/{id}", { ...byId(id), body, fetch: sender(options) }), "id");
    },
    delete: async (id, options) => {
      await raw.DELETE("/api/v1/schedules/{id}", { ...byId(id), fetch: sender({ ...options, expects: "nothing" }) });
    },
    openFeed: (id, { idempotencyKey, ...options } = {}) => {
      const params = { path: { id }, header: onceBy(idempotencyKey) };
      return answerOf(raw.POST("/api/v1/schedules/{id}/feed", { params, fetch: sender(options) }), "url");
    },
    closeFeed: async (id, options) => {
      const expecting = sender({ ...options, expects: "nothing" });
      await raw.DELETE("/api/v1/schedules/{id}/feed", { ...byId(id), fetch: expecting });
    },
    pause: move("/api/v1/schedules/{id}/pause"),
    resume: move("/api/v1/schedules/{id}/resume"),
    run: move("/api/v1/schedules/{id}/run"),
  };
}
