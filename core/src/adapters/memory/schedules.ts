import { storableText, storableTime, storedCopy } from "../../jobs/rules/storable.ts";
import type { ScheduleId } from "../../runtime/ids.ts";
import type { Schedule } from "../../schedules/schedule.ts";
import type { DueSchedule, ScheduleChanges, Schedules, TakenMedia } from "../../schedules/schedules.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The schedules in memory. */
export function createMemorySchedules({ schedules, scheduleArchive }: MemoryState, decide: Decide): Schedules {
  const find = (id: ScheduleId, owner: string | null): Schedule | null => {
    const schedule = schedules.get(id);
    return schedule && (owner === null || schedule.owner === storableText(owner)) ? schedule : null;
  };

  return {
    insert: (fresh) =>
      decide((now) => {
        const { id, owner, timeZone, runAt, nextRunAt } = fresh;
        const schedule: Schedule = {
          ...{ id, owner: storableText(owner), state: "active", timeZone },
          ...(stored({
            name: fresh.name,
            cron: fresh.cron,
            download: fresh.download,
            batch: fresh.batch,
            onlyNew: fresh.onlyNew,
            runAt,
            nextRunAt,
          }) as NewParts),
          ...{ lastRunAt: null, lastDueAt: null, lastResult: null, feed: null, createdAt: now, updatedAt: now },
        };
        schedules.set(id, schedule);
        return schedule;
      }),

    get: (id, owner) => decide(() => find(id, owner)),

    list: ({ owner, state, after, limit }) =>
      decide(() =>
        schedules
          .values()
          .filter((schedule) => owner === null || schedule.owner === storableText(owner))
          .filter((schedule) => state === undefined || schedule.state === state)
          .sort(newestFirst)
          .filter((schedule) => after === undefined || newestFirst(schedule, after) > 0)
          .slice(0, limit),
      ),

    count: (owner, upTo) =>
      decide(() =>
        Math.min(upTo, schedules.values().filter((schedule) => schedule.owner === storableText(owner)).length),
      ),

    lock: (id, owner) =>
      decide((now) => {
        const schedule = find(id, owner);
        return schedule && { schedule, now };
      }),

    update: (id, changes) =>
      decide((now) => {
        const schedule = schedules.get(id);
        if (schedule === undefined) return null;
        const changed = { ...schedule, ...stored(changes), updatedAt: now };
        schedules.set(id, changed);
        return changed;
      }),

    take: (id, media) =>
      decide(() => {
        const taken = new Set(scheduleArchive.get(id));
        const keyOf = ({ extractor, mediaId }: TakenMedia) => `${extractor} ${storableText(mediaId)}`;
        const fresh = media.filter((one) => !taken.has(keyOf(one)) && taken.add(keyOf(one)));
        scheduleArchive.set(id, taken);
        return fresh;
      }),

    remove: (id, owner) =>
      decide(() => {
        if (find(id, owner) === null) return false;
        schedules.delete(id);
        scheduleArchive.delete(id);
        return true;
      }),

    due: (limit, after) =>
      decide((now) =>
        schedules
          .values()
          .flatMap(({ id, nextRunAt }) => (nextRunAt !== null && nextRunAt <= now ? [{ id, nextRunAt }] : []))
          .sort(longestDueFirst)
          .filter((schedule) => after === undefined || longestDueFirst(schedule, after) > 0)
          .slice(0, limit),
      ),

    ranInFuture: (toleranceMs, limit) =>
      decide((now) =>
        schedules
          .values()
          .filter(({ nextRunAt, lastRunAt }) => nextRunAt && lastRunAt && lastRunAt > later(now, toleranceMs))
          .slice(0, limit)
          .map(({ id }) => id),
      ),
  };
}

type NewParts = Pick<Schedule, "name" | "cron" | "download" | "batch" | "onlyNew" | "runAt" | "nextRunAt">;

/** The changes as they come back from a database. */
function stored({ name, cron, download, batch, ...changes }: ScheduleChanges): ScheduleChanges {
  const { runAt, nextRunAt, lastRunAt, lastDueAt, ...rest } = changes;
  const times = Object.entries({ runAt, nextRunAt, lastRunAt, lastDueAt }).flatMap(([field, at]) =>
    at === undefined ? [] : [[field, at && storableTime(at)]],
  );
  return {
    ...rest,
    ...Object.fromEntries(times),
    ...(name !== undefined && { name: storableText(name) }),
    ...(cron !== undefined && { cron: cron && storableText(cron) }),
    ...(download !== undefined && { download: download && storedCopy(download) }),
    ...(batch !== undefined && { batch: batch && storedCopy(batch) }),
  };
}

type Aged = Pick<Schedule, "id" | "createdAt">;
const newestFirst = (a: Aged, b: Aged): number =>
  Number(b.createdAt) - Number(a.createdAt) || Number(b.id > a.id) - Number(b.id < a.id);

const longestDueFirst = (a: DueSchedule, b: DueSchedule): number =>
  Number(a.nextRunAt) - Number(b.nextRunAt) || Number(a.id > b.id) - Number(a.id < b.id);
