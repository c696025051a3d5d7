import {
  type Actor,
  changeSchedule,
  closeFeed,
  createSchedule,
  type Feed,
  getSchedule,
  type JobId,
  listSchedules,
  type Once,
  type OpenedFeed,
  openFeed,
  ownerOfFeedFile,
  pauseSchedule,
  readFeed,
  removeSchedule,
  resumeSchedule,
  runScheduleNow,
  type Schedule,
  type ScheduleCursor,
  type ScheduleEdit,
  type ScheduleId,
  type ScheduleInput,
  type SchedulePolicy,
  type ScheduleQuery,
  type ScheduleResource,
  type ServiceDeps,
  toScheduleResource,
  type Written,
} from "@vidferry/core";

type Outcome = Promise<Written<Schedule>>;

/** What the API needs for schedules; all of it is of one owner. Rejects as `ApiService` does. */
export interface ScheduleService {
  create(owner: string, input: ScheduleInput, by: Actor, once: Once<Schedule> | null): Outcome;
  list(
    query: ScheduleQuery,
  ): Promise<{ readonly schedules: readonly Schedule[]; readonly next: ScheduleCursor | null }>;
  get(id: ScheduleId, owner: string): Promise<Schedule>;
  change(id: ScheduleId, owner: string, edit: ScheduleEdit, by: Actor): Promise<Schedule>;
  remove(id: ScheduleId, owner: string, by: Actor): Promise<void>;
  pause(id: ScheduleId, owner: string, by: Actor, once: Once<Schedule> | null): Outcome;
  resume(id: ScheduleId, owner: string, by: Actor, once: Once<Schedule> | null): Outcome;
  run(id: ScheduleId, owner: string, by: Actor, once: Once<Schedule> | null): Outcome;
  openFeed(id: ScheduleId, owner: string, by: Actor, once: Once<OpenedFeed> | null): Promise<Written<OpenedFeed>>;
  closeFeed(id: ScheduleId, owner: string, by: Actor): Promise<void>;
  /** What a feed shows to whoever has its token. Throws `unauthorized`. */
  feed(id: ScheduleId, token: string): Promise<Feed>;
  /** Whose file of a feed it is, to whoever has its link. Throws `unauthorized`. */
  ownerOfFeedFile(id: ScheduleId, jobId: JobId, fileToken: string): Promise<string>;
  /** The schedule as clients see it. */
  show(schedule: Schedule): ScheduleResource;
}

/** Implements {@link ScheduleService} with core's use cases. */
export function createScheduleService(deps: ServiceDeps, policy: SchedulePolicy): ScheduleService {
  return {
    create: (owner, input, by, once) => createSchedule(deps, policy, owner, input, by, once),
    list: (query) => listSchedules(deps, query),
    get: (id, owner) => getSchedule(deps, id, owner),
    change: (id, owner, edit, by) => changeSchedule(deps, policy, id, owner, edit, by),
    remove: (id, owner, by) => removeSchedule(deps, id, owner, by),
    pause: (id, owner, by, once) => pauseSchedule(deps, id, owner, by, once),
    resume: (id, owner, by, once) => resumeSchedule(deps, id, owner, by, once),
    run: (id, owner, by, once) => runScheduleNow(deps, policy.submit, { id, owner, by, requestId: by.requestId }, once),
    openFeed: (id, owner, by, once) => openFeed(deps, id, owner, by, once),
    closeFeed: (id, owner, by) => closeFeed(deps, id, owner, by),
    feed: (id, token) => readFeed(deps, id, token),
    ownerOfFeedFile: (id, jobId, fileToken) => ownerOfFeedFile(deps, id, jobId, fileToken),
    show: (schedule) => toScheduleResource(schedule, deps.calendar),
  };
}
