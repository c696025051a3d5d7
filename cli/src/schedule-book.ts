import {
  BatchRequest,
  type Config,
  createSchedule,
  listSchedules,
  noTelemetry,
  type ScheduleCursor,
  toScheduleResource,
} from "@vidferry/core";
import { composeBackends, submitPolicy } from "@vidferry/core/compose";
import { cronerCalendar } from "@vidferry/core/croner";
import { createPinoLogger } from "@vidferry/core/pino";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { type NewSchedule, type Schedule, Vidferry } from "@vidferry/sdk";
import { operator } from "./operator.ts";

/** A schedule as a list shows it. */
export type ListedSchedule = Pick<Schedule, "id" | "name" | "state" | "nextRunAt"> & {
  /** Of a server's schedules only those of the key's owner are seen, which are not named. */
  readonly owner: string | null;
  /** The links that it is about. */
  readonly links: readonly string[];
};

/** A schedule of a list. */
export type NewListSchedule = Pick<NewSchedule, "name" | "timeZone"> & {
  readonly cron: string;
  readonly batch: { readonly source: { readonly url: string; readonly limit: number }; readonly request: object };
};

/** The schedules of a database or of a server. */
export interface ScheduleBook extends AsyncDisposable {
  /** Newest first, page by page as they are taken. @param owner null: of every owner; a server gives those of the key's */
  list(owner: string | null): AsyncIterable<ListedSchedule>;
  add(owner: string, schedule: NewListSchedule): Promise<void>;
}

const pageSize = 100;

/** The schedules of a service, by its API. Address and key as the SDK takes them: `VIDFERRY_API_KEY`. */
export async function schedulesOfServer(baseUrl: string): Promise<ScheduleBook> {
  const { schedules } = new Vidferry({ baseUrl });
  return {
    list: async function* () {
      for await (const schedule of schedules.list({ limit: pageSize }))
        yield { ...schedule, owner: null, links: linksOf(schedule) };
    },
    add: async (_, schedule) => void (await schedules.create(schedule as NewSchedule)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The schedules of the database that is configured. */
export async function schedulesOfDatabase(config: Config, signal: AbortSignal): Promise<ScheduleBook> {
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const backends = await composeBackends(config, { clock: systemClock, logger, migrate: false });
  const calendar = cronerCalendar();
  const deps = { ...backends, clock: systemClock, ids: createIdGenerator(), logger, telemetry: noTelemetry, calendar };
  const schedules = {
    shortestPauseMs: config.SCHEDULE_MIN_SECONDS * 1000,
    mostOfOwner: config.SCHEDULES_PER_OWNER,
  };
  try {
    await backends.database.check(signal);
  } catch (error) {
    await backends.close();
    throw error;
  }
  return {
    list: async function* (owner) {
      for (let after: ScheduleCursor | null | undefined; after !== null; ) {
        const page = await listSchedules(deps, { owner, limit: pageSize, ...(after && { after }) });
        for (const schedule of page.schedules) {
          const { id, name, state, nextRunAt, download, batch } = toScheduleResource(schedule, calendar);
          yield { id, name, state, nextRunAt, owner: schedule.owner, links: linksOf({ download, batch }) };
        }
        after = page.next;
      }
    },
    add: async (owner, { name, cron, timeZone = "UTC", batch }) => {
      const input = { name, runAt: null, cron, timeZone, batch: BatchRequest.parse(batch) };
      await createSchedule(deps, { submit: submitPolicy(config), schedules }, owner, input, operator, null);
    },
    [Symbol.asyncDispose]: () => backends.close(),
  };
}

interface Work {
  readonly download: { readonly url: string } | null;
  readonly batch: {
    readonly urls?: readonly string[] | undefined;
    readonly source?: { readonly url: string } | undefined;
  } | null;
}

const linksOf = ({ download, batch }: Work): readonly string[] => [
  ...(download === null ? [] : [download.url]),
  ...(batch?.urls ?? []),
  ...(batch?.source === undefined ? [] : [batch.source.url]),
];
