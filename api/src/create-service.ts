import {
  addKey,
  type BreakerOptions,
  type Check,
  changeJobs,
  changeKey,
  createMissedEvents,
  createTicket,
  defaultBreaker,
  defaultScheduleLimits,
  editJob,
  fileLink,
  finishJobOnce,
  followJob,
  followOwner,
  getJob,
  getKey,
  type HostPolicy,
  holdsOf,
  type Limits,
  limitAccount,
  moveJobOnce,
  noLimits,
  type OperatorServers,
  oneAtATime,
  openFile,
  type ProbeLink,
  parseSourceUrl,
  placeOf,
  prepareKey,
  prepareRotation,
  previewList,
  removeJob,
  requireEgress,
  revokeKey,
  runCheck,
  runOnce,
  type ScheduleLimits,
  type ServiceDeps,
  type SubmitReuse,
  submitJob,
  takeTicket,
  usagePeriodsAt,
  waitForEnd,
  writeOnce,
} from "@vidferry/core";
import { createSlotHolder } from "./modules/accounts/slot-holder.ts";
import { createBatchService } from "./modules/batches/batch-service.ts";
import { createEgressService } from "./modules/egresses/egress-service.ts";
import { createScheduleService } from "./modules/schedules/schedule-service.ts";
import { createWebhookService } from "./modules/webhooks/webhook-service.ts";
import { createRecords } from "./records.ts";
import type { AccountService, AccountView, ApiService, KeyService } from "./service.ts";

export interface ServiceOptions {
  readonly hosts: HostPolicy;
  /** How egresses are held back. */
  readonly breaker?: BreakerOptions;
  /** Default of `maxAttempts`. */
  readonly maxAttempts: number;
  /** Servers of the operator's that workers can use. Absent: none. */
  readonly servers?: OperatorServers;
  /** Whether a job may get the kept files of another one. Absent: each is made anew. */
  readonly reuse?: SubmitReuse;
  /** How long results are kept, in milliseconds; null: until they are deleted, as by default. */
  readonly retentionMs?: number | null;
  /** How often schedules may run, and how many there may be. Default: every minute. */
  readonly schedules?: ScheduleLimits;
  /** Validity of links signed by the blob store. */
  readonly linkSeconds: number;
  /** Probes a link; an API without an engine asks a worker. */
  readonly probe: ProbeLink;
  /** What to look at when one of them does not answer. */
  readonly advice?: Readonly<Record<"queue" | "events", string>>;
  /** Further checks for `/health/detailed`, for example the programs of a worker in this process. */
  readonly moreChecks?: (signal: AbortSignal) => Promise<readonly Check[]>;
}

/** Implements the service of the routes (`service.ts`) with core's use cases. */
export function createService(deps: ServiceDeps, options: ServiceOptions): ApiService {
  const { advice = { queue: "Check the queue.", events: "Check the event log." } } = options;
  const backendChecks = (signal?: AbortSignal): Promise<readonly Check[]>[] => [
    runCheck("store", "Check DATABASE_URL and the database.", () => deps.database.check(signal), signal),
    runCheck("queue", advice.queue, () => deps.queue.check(signal), signal),
    runCheck("events", advice.events, () => deps.events.check(signal), signal),
  ];
  const checkBlobs = oneAtATime((signal: AbortSignal) => deps.blobs.check(signal));
  const missed = createMissedEvents(deps);
  return {
    records: createRecords(deps, options.retentionMs ?? null),
    submit: ({ body, ...command }) => submitJob(deps, options, { ...command, request: body }),
    get: (id, owner) => getJob(deps, id, owner),
    holds: (jobs) => holdsOf(deps, jobs),
    list: async (query) => {
      // One row more than requested shows whether there is a next page.
      const jobs = await deps.database.jobs.list({ ...query, limit: query.limit + 1 });
      const page = jobs.slice(0, query.limit);
      const last = page.at(-1);
      return {
        jobs: page,
        next: jobs.length > page.length && last ? placeOf(last, query) : null,
      };
    },
    move: (id, owner, move, by, once) => moveJobOnce(deps, id, owner, move, once, by),
    finish: (id, owner, by, once) => finishJobOnce(deps, id, owner, once, by),
    count: (query) => deps.database.jobs.count(query),
    changeAll: (command, once) => changeJobs(deps, command, once),
    edit: (id, owner, edit, seen) => editJob(deps, id, owner, edit, seen),
    waitForEnd: (job, options) => waitForEnd(deps, job, options),
    remove: (id, owner, by) => removeJob(deps, id, owner, by),
    follow: (id, owner, follow) => followJob(deps, id, owner, follow),
    followAll: (owner, follow) => followOwner({ ...deps, missed }, owner, follow),
    createTicket: (principal) => createTicket(deps.database.tickets, principal),
    takeTicket: (ticket) => takeTicket(deps.database.tickets, ticket),
    openFile: (id, owner, artifactId, range) => openFile(deps, id, owner, artifactId, range),
    fileLink: (id, owner, artifactId) => fileLink(deps, id, owner, artifactId, options.linkSeconds),
    keys: createKeyService(deps),
    accounts: createAccountService(deps),
    schedules: createScheduleService(deps, {
      submit: options,
      schedules: options.schedules ?? defaultScheduleLimits,
    }),
    webhooks: createWebhookService(deps),
    egresses: createEgressService(deps, options.breaker ?? defaultBreaker),
    batches: createBatchService(deps, options),
    probe: async (url, probe) => {
      // Validated before a worker is asked.
      parseSourceUrl(url, options.hosts);
      await requireEgress(deps.database, { url, ...(probe.through !== undefined && { egress: probe.through }) });
      return previewList(options.probe, url, probe, deps.compilePattern);
    },
    runOnce: (once, holdMs, run) => runOnce(deps, once, holdMs, run),
    ready: async () => (await Promise.all(backendChecks())).flat(),
    health: async ({ signal }) => {
      const storage = runCheck("blobs", "Check STORAGE_URL and the storage.", () => checkBlobs(signal), signal);
      return (await Promise.all([...backendChecks(signal), storage, options.moreChecks?.(signal) ?? []])).flat();
    },
  };
}

/** Implements {@link AccountService}. */
export function createAccountService(deps: Pick<ServiceDeps, "database" | "clock" | "ids" | "logger">): AccountService {
  const { database, clock } = deps;
  const slots = createSlotHolder(deps);
  const view = async (owner: string, limits: Limits): Promise<AccountView> => {
    const { day, month } = usagePeriodsAt(clock.now());
    return {
      owner,
      limits,
      usage: await database.accounts.usage(owner),
      renewsAt: { jobsPerDay: day.until.toISOString(), bytesPerMonth: month.until.toISOString() },
    };
  };
  return {
    get: async (owner) => await view(owner, (await database.accounts.get(owner))?.limits ?? noLimits),
    limit: async (owner, limits, by) => await view(owner, (await limitAccount(deps, owner, limits, by)).limits),
    takeSlot: slots.take,
  };
}

/** Implements {@link KeyService} with core's use cases. */
export function createKeyService(deps: Pick<ServiceDeps, "database" | "ids" | "clock">): KeyService {
  return {
    create: async (input, by, once) => {
      const created = await prepareKey(deps, input);
      return await writeOnce(deps, once, async (tx) => {
        await addKey(tx, created, by);
        return created;
      });
    },
    list: (query) => deps.database.keys.list(query),
    get: (id) => getKey(deps, id),
    change: (id, changes, by) => changeKey(deps, id, changes, by),
    revoke: (id, by) => revokeKey(deps, id, by),
    rotate: async (id, overlapSeconds, by, once) => {
      const rotate = await prepareRotation(id, overlapSeconds, by);
      return await writeOnce(deps, once, rotate);
    },
  };
}
