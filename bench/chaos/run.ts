import { eventually } from "@vidferry/testing";
import { startFleet } from "../../cli/e2e/fleet/fleet.ts";
import { checkLeftovers } from "./aftermath.ts";
import { addEgresses, openDoors } from "./budgets.ts";
import { type Client, createClient } from "./client.ts";
import { startCrew } from "./crew.ts";
import { type HistoryRow, startHistory } from "./history.ts";
import { checkJobs } from "./job-checks.ts";
import { keepHistory } from "./keep-history.ts";
import { createLedger } from "./ledger.ts";
import { budgetedHost } from "./light-engine.ts";
import { listPath } from "./light-lists.ts";
import { startListServer } from "./lists.ts";
import { childrenOf, createMany, type ManyShares } from "./many.ts";
import { startManyHistory } from "./many-history.ts";
import { startNeighbours } from "./neighbours.ts";
import { planJobs } from "./plan.ts";
import { checkPoison } from "./poison.ts";
import { seeded } from "./random.ts";
import { checkRecoveries, type RecoverySummary, recoveriesOf, summarise } from "./recoveries.ts";
import { startChaosServers } from "./servers.ts";
import { setSourceState } from "./source-state.ts";
import { checkStorage } from "./storage-checks.ts";
import { strikeAll } from "./strikes.ts";
import { looksAt, submitAll } from "./submissions.ts";
import { checkTenants } from "./tenant-checks.ts";
import { makeTenants, type TenantName } from "./tenants.ts";
import type { Finding } from "./verdict.ts";
import { startWebhookReceiver } from "./webhook-receiver.ts";

/** Size and seed of a chaos run. */
export interface ChaosOptions extends ManyShares {
  readonly seed: number;
  readonly jobs: number;
  readonly faults: number;
  /** Time after which no new jobs and faults begin. */
  readonly longestMs: number;
  /** False: PostgreSQL carries hints, signals and events too. */
  readonly redis: boolean;
  /** Share of jobs that use yt-dlp and FFmpeg, 0 to 1. */
  readonly genuine: number;
  /** Share of jobs that are canceled. */
  readonly canceled: number;
  /** Workers on each of two machines. */
  readonly workers: number;
  /** Whether another deployment sweeps the same bucket and work folder. */
  readonly secondDeployment: boolean;
  /** Uses of each egress in an hour. */
  readonly budget: number;
  readonly leaseSeconds: number;
  readonly orphanSeconds: number;
  readonly report: (line: string) => void;
  /** Folder for the history of a run in which a check fails. */
  readonly keepIn: string;
}

/** The outcome of a run. */
export interface ChaosReport {
  readonly findings: readonly Finding[];
  readonly seconds: number;
  readonly accepted: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly jobKinds: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly owners: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly lostAttempts: number;
  /** Requests of the client that it had to send again. */
  readonly repeatedRequests: number;
  readonly refusedByStorage: number;
  readonly recovery: RecoverySummary;
}

/** Jobs a worker runs at once. */
const concurrency = 3;
const lastEndMs = 300_000;
const lastDeliveryMs = 120_000;

/**
 * Until a file that no job names is deleted. The process that leads the search may be gone: its lease lasts one and a half periods, half a
 * period later at most another one leads, and what that has seen first it deletes one and a quarter periods later. Searches of
 * a busy machine take their time.
 */
const longestSweepMs = (orphanSeconds: number): number => orphanSeconds * 3_500 + 30_000;

/** Runs a fleet with the faults that the seed determines, and checks the invariants at the end. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedAt = Date.now();
  const { report } = options;
  const random = seeded(options.seed);
  await using servers = await startChaosServers(options.redis);
  await using fleet = await startFleet({
    databaseUrl: servers.postgres.url,
    redisUrl: servers.redis?.url ?? "",
    storageUrl: servers.storageUrl,
    env: {
      LEASE_SECONDS: String(options.leaseSeconds),
      ORPHAN_SECONDS: String(options.orphanSeconds),
      // A short run stores few files and has many faults.
      ORPHAN_MAX_SHARE: "0.5",
      WORKER_CONCURRENCY: String(concurrency),
      DRAIN_SECONDS: "20",
      MAX_ATTEMPTS: "8",
      AUTH: "keys",
      SECRETS_KEY: "k".repeat(32),
      ALLOW_PRIVATE_HOSTS: `127.0.0.1,${budgetedHost}`,
      SCHEDULE_MIN_SECONDS: "1",
      EGRESS_COOLDOWN_SECONDS: "2",
    },
  });
  setSourceState(fleet.origin, null);
  await using history = await startHistory(servers.postgres.url);
  const crew = await startCrew(fleet, servers.routes, options.workers);
  await using neighbours = await startNeighbours(
    servers,
    fleet,
    options.secondDeployment ? `machine-${servers.routes[0]?.name}` : null,
  );
  await using manyHistory = await startManyHistory(servers.postgres.url);
  const { owners, operator } = await makeTenants(servers.postgres.url);
  const clients = Object.fromEntries(
    owners.map((tenant) => [tenant.name, createClient(crew, random.fork(`client ${tenant.name}`), tenant)]),
  ) as Record<TenantName, Client>;
  await using receiver = await startWebhookReceiver(random.fork("receiver"));
  for (const { name } of owners) receiver.expect(name, await clients[name].addWebhook(receiver.urlFor(name)));
  const planned = planJobs(random.fork("jobs"), options.jobs, options, {
    origin: fleet.origin.url,
    youtube: fleet.youtube.url,
  });
  const leaseMs = options.leaseSeconds * 1000;
  await using budgets = await addEgresses(
    createClient(crew, random.fork("operator"), operator),
    await openDoors(),
    options.budget,
  );
  await using lists = startListServer();
  const { doors } = budgets;
  const stage = { crew, servers, origin: fleet.origin, doors, random: random.fork("faults"), leaseMs };
  const ledger = createLedger({ jobs: options.jobs, faults: options.faults, until: Date.now() + options.longestMs });
  const hostOf = (budgeted: boolean) => (budgeted ? budgetedHost : "127.0.0.1");
  const many = createMany(options, {
    ...{ client: clients.collector, lists, history: manyHistory, ledger, budgets, random: random.fork("many"), report },
    sources: {
      origin: (path, budgeted) => fleet.origin.url(path).replace("127.0.0.1", hostOf(budgeted)),
      list: (name, budgeted) => `http://${hostOf(budgeted)}:${lists.port}${listPath}${name}`,
    },
  });

  const calm = new AbortController();
  const misbehaving = receiver.misbehave(calm.signal);
  const [{ leaks }] = await Promise.all([
    submitAll(planned, { clients, history, ledger, report }),
    strikeAll(options.faults, stage, ledger, report),
    many.ask(),
  ]).finally(() => calm.abort());
  await misbehaving;
  report(`${ledger.accepted.length} jobs accepted; waiting for the last ones to end`);
  const overBudget = await many.settle();
  await eventually(async () => (await history.unfinished()) === 0, {
    timeoutMs: lastEndMs,
    intervalMs: 250,
    message: "the end of every job",
  }).catch((error: unknown) => report(String(error)));

  report("waiting for the last deliveries");
  await eventually(
    async () => {
      await history.hastenDeliveries();
      return (await history.deliveries()).every(({ state }) => state !== "pending");
    },
    { timeoutMs: lastDeliveryMs, intervalMs: 2_000, message: "the end of every delivery" },
  ).catch((error: unknown) => report(String(error)));
  const deliveries = await history.deliveries();

  report("looking at the neighbours");
  const untouched = await neighbours.check();
  report("waiting for the sweep");
  const jobs = await history.jobs();
  const leftovers = await checkLeftovers({ fleet, crew, servers }, jobs, longestSweepMs(options.orphanSeconds));
  report("reading the stored files back");
  setSourceState(fleet.origin, {});
  const writes = await history.rows();
  const rows = byJob(writes);
  const all = Object.values(clients);
  const accepted = [...ledger.accepted, ...childrenOf(jobs)];
  const recoveries = [...rows.values()].flatMap((own) => recoveriesOf(own, ledger.databaseAway));
  const findings = [
    ...checkJobs(accepted, jobs, rows),
    ...checkPoison(accepted, jobs, rows, leaseMs),
    ...(await checkStorage(servers, accepted, jobs)),
    ...overBudget,
    ...(await many.check(
      jobs,
      receiver.batches.map(({ batch }) => batch),
    )),
    ...leftovers,
    ...untouched,
    checkRecoveries(recoveries, leaseMs),
    ...checkTenants({
      ...{ accepted, jobs, rows: writes, deliveries, receiver, leaks },
      looks: looksAt(planned),
      refusals: clients.limited.refused,
      slots: concurrency * crew.members.filter(({ role }) => role === "worker").length,
    }),
  ];
  if (findings.some(({ holds }) => !holds)) {
    const path = await keepHistory(options.keepIn, {
      seed: options.seed,
      findings,
      strikes: ledger.strikes,
      rows: writes,
    });
    report(`what happened, in the order of time: ${path}`);
  }
  return {
    findings,
    seconds: Math.round((Date.now() - startedAt) / 1000),
    accepted: ledger.accepted.length,
    outcomes: countBy(jobs, ({ state, errorCode }) => (state === "failed" ? `failed: ${errorCode}` : state)),
    jobKinds: countBy(ledger.accepted, ({ planned: { engine, kind } }) => `${engine}: ${kind}`),
    faults: ledger.struck,
    attempts: jobs.reduce((sum, job) => sum + job.attempt, 0),
    lostAttempts: [...rows.values()].reduce((sum, own) => sum + Math.max(...own.map((row) => row.lostWorkers)), 0),
    repeatedRequests: all.reduce((sum, { repeated }) => sum + repeated, 0),
    owners: countBy(jobs, ({ owner }) => owner),
    refusedByStorage: servers.storage.refused,
    recovery: summarise(recoveries),
  };
}

function byJob(rows: readonly HistoryRow[]): ReadonlyMap<string, readonly HistoryRow[]> {
  return Map.groupBy(rows, ({ job }) => job);
}

function countBy<T>(list: readonly T[], name: (entry: T) => string): Record<string, number> {
  const groups = Map.groupBy(list, name);
  return Object.fromEntries([...groups].map(([key, entries]) => [key, entries.length]));
}
