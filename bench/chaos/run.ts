import { setTimeout as sleep } from "node:timers/promises";
import { startFleet } from "../../cli/e2e/fleet/fleet.ts";
import { processesIn } from "../../cli/e2e/processes.ts";
import { filesBelow } from "../../cli/e2e/scene.ts";
import { eventually } from "../../core/src/testing/index.ts";
import { createClient } from "./client.ts";
import { startCrew } from "./crew.ts";
import { nextStrike, type Stage } from "./faults.ts";
import { type HistoryRow, startHistory } from "./history.ts";
import { type AcceptedJob, checkJobs } from "./job-checks.ts";
import { type PlannedJob, planJobs } from "./plan.ts";
import { seeded } from "./random.ts";
import { type Recovery, recoveriesOf, type Span } from "./recoveries.ts";
import { startChaosServers } from "./servers.ts";
import { setSourceState } from "./source-state.ts";
import { checkStorage, readBucket } from "./storage-checks.ts";
import { type Finding, finding } from "./verdict.ts";

/** How much chaos, and how it is drawn. */
export interface ChaosOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly faults: number;
  /** No new jobs and faults after this. */
  readonly longestMs: number;
  /** Share of jobs that yt-dlp and FFmpeg run, 0 to 1. */
  readonly genuine: number;
  readonly canceled: number;
  readonly leaseSeconds: number;
  readonly orphanSeconds: number;
  readonly report: (line: string) => void;
}

/** What came of it. */
export interface ChaosReport {
  readonly findings: readonly Finding[];
  readonly seconds: number;
  readonly accepted: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly jobKinds: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly lostAttempts: number;
  readonly repeatedRequests: number;
  readonly refusedByStorage: number;
  /** Milliseconds; see {@link Recovery}. */
  readonly recovery: { readonly count: number; readonly median: number; readonly longest: number };
}

/** Jobs that are not over at any time: fewer than the fleet has slots, so that what is lost need not queue to be taken up. */
const window = 8;
const concurrency = 3;
const recoveryAllowanceMs = 5_000;

/** Runs a fleet through the chaos that the seed decides, and looks at what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedAt = Date.now();
  const random = seeded(options.seed);
  await using servers = await startChaosServers();
  await using fleet = await startFleet({
    databaseUrl: servers.postgres.url,
    redisUrl: servers.redis.url,
    storageUrl: servers.storageUrl,
    env: {
      LEASE_SECONDS: String(options.leaseSeconds),
      ORPHAN_SECONDS: String(options.orphanSeconds),
      WORKER_CONCURRENCY: String(concurrency),
      DRAIN_SECONDS: "20",
      MAX_ATTEMPTS: "8",
      LOG_LEVEL: "info",
    },
  });
  setSourceState(fleet.origin, null);
  await using history = await startHistory(servers.postgres.url);
  const crew = await startCrew(fleet, servers.routes);
  const client = createClient(crew, random.fork("client"));
  const stage: Stage = {
    crew,
    servers,
    origin: fleet.origin,
    random: random.fork("faults"),
    leaseMs: options.leaseSeconds * 1000,
  };
  const planned = planJobs(
    random.fork("jobs"),
    options.jobs,
    { genuine: options.genuine, canceled: options.canceled },
    { origin: fleet.origin.url, youtube: fleet.youtube.url },
  );

  const accepted: AcceptedJob[] = [];
  const struck: Record<string, number> = {};
  const databaseAway: Span[] = [];
  const late = () => Date.now() - startedAt > options.longestMs;
  const struckCount = () => Object.values(struck).reduce((sum, one) => sum + one, 0);
  const jobShare = () => accepted.length / options.jobs;
  const faultShare = () => struckCount() / options.faults;
  const cancels: Promise<void>[] = [];

  const follow = async (index: number, id: string, job: PlannedJob): Promise<void> => {
    if (job.cancelAfterMs === null) return;
    await sleep(job.cancelAfterMs);
    accepted[index] = { id, planned: job, canceled: await client.cancel(id) };
  };

  const submitAll = async (): Promise<void> => {
    let unfinished = 0;
    for (const job of planned) {
      // Jobs wait for faults and faults for jobs, so that each meets the other for the whole run.
      while (jobShare() > faultShare() + 0.1 && !late()) await sleep(50);
      if (late()) return;
      while (unfinished >= window) {
        await sleep(50);
        unfinished = await history.unfinished().catch(() => unfinished);
      }
      const id = await client.submit(job);
      unfinished += 1;
      const index = accepted.push({ id, planned: job, canceled: null }) - 1;
      cancels.push(follow(index, id, job));
      if (accepted.length % 50 === 0) options.report(`${accepted.length} jobs accepted`);
    }
  };

  const strikeAll = async (): Promise<void> => {
    const busy = new Set<string>();
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    while (struckCount() < options.faults && !late()) {
      await sleep(stage.random.between(300, 1_500));
      if (faultShare() > jobShare() + 0.02) continue;
      const strike = nextStrike(stage);
      const workersHit = [...busy].filter((target) => target.startsWith("worker")).length;
      if (busy.has(strike.target) || (strike.target.startsWith("worker") && workersHit >= 2)) continue;
      busy.add(strike.target);
      struck[strike.kind] = (struck[strike.kind] ?? 0) + 1;
      options.report(`fault ${struckCount()}: ${strike.describe}`);
      const from = Date.now();
      const done: Promise<void> = strike
        .run()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          if (strike.stopsDatabase) databaseAway.push({ from, to: Date.now() });
          busy.delete(strike.target);
          running.delete(done);
        });
      running.add(done);
      if (failures.length > 0) break;
    }
    await Promise.all(running);
    if (failures.length > 0) throw new AggregateError(failures, "a fault could not be undone");
  };

  await Promise.all([submitAll(), strikeAll()]);
  await Promise.all(cancels);
  options.report(`${accepted.length} jobs accepted; waiting for the last ones to end`);
  await eventually(async () => (await history.unfinished()) === 0, {
    timeoutMs: 300_000,
    intervalMs: 250,
    message: "the end of every job",
  }).catch((error: unknown) => options.report(String(error)));

  const roles = () => crew.members.flatMap(({ process }) => (process === null ? [] : [process.pid]));
  const children = () => processesIn(fleet.home).filter(({ pid }) => !roles().includes(pid));
  await settle(() => children().length === 0, 20_000);
  const leftOver = children().map(({ pid, command }) => `${pid} ${command}`.slice(0, 200));
  options.report("waiting for the sweep");
  const strayFiles = async () =>
    (await Promise.all(servers.routes.map(({ name }) => filesBelow(`${fleet.home}/machine-${name}/jobs`)))).flat();
  const jobs = await history.jobs();
  const named = jobs.reduce((sum, job) => sum + job.artifacts.length, 0);
  await settle(
    async () => {
      const { objects, uploads } = await readBucket(servers);
      return objects.length === named && uploads === 0 && (await strayFiles()).length === 0;
    },
    options.orphanSeconds * 2_500 + 10_000,
  );

  const rows = group(await history.rows());
  const recoveries = [...rows.values()].flatMap((own) => recoveriesOf(own, databaseAway));
  const stray = await strayFiles();
  const exitCodes = await crew.stop();
  await settle(() => processesIn(fleet.home).length === 0, 10_000);
  const survivors = processesIn(fleet.home).map(({ pid, command }) => `${pid} ${command}`.slice(0, 200));

  return {
    findings: [
      ...checkJobs(accepted, jobs, rows),
      ...(await checkStorage(servers, accepted, jobs)),
      finding("no file left in a work folder", stray, `${stray.length}`),
      finding("no process of an attempt left while the service idles", leftOver, `${leftOver.length}`),
      finding("no process left after the service has stopped", survivors, `${survivors.length}`),
      finding(
        "every process stops on SIGTERM",
        exitCodes.filter((code) => code !== 0).map(String),
        `exit codes ${exitCodes.join(" ")}`,
      ),
      checkRecoveries(recoveries, options.leaseSeconds * 1000),
    ],
    seconds: Math.round((Date.now() - startedAt) / 1000),
    accepted: accepted.length,
    outcomes: count(jobs, ({ state, errorCode }) => (state === "failed" ? `failed: ${errorCode}` : state)),
    jobKinds: count(accepted, ({ planned: { engine, kind } }) => `${engine}: ${kind}`),
    faults: struck,
    attempts: jobs.reduce((sum, job) => sum + job.attempt, 0),
    lostAttempts: [...rows.values()].reduce((sum, own) => sum + Math.max(...own.map((row) => row.lostWorkers)), 0),
    repeatedRequests: client.repeated,
    refusedByStorage: servers.storage.refused,
    recovery: summarise(recoveries),
  };
}

function checkRecoveries(recoveries: readonly Recovery[], leaseMs: number): Finding {
  const limitMs = leaseMs + recoveryAllowanceMs;
  return finding(
    `a lost job is taken up within the lease and ${recoveryAllowanceMs / 1000} s`,
    recoveries
      .filter(({ ms }) => ms > limitMs)
      .map(({ job, attempt, ms }) => `${job} after attempt ${attempt}: ${ms} ms`),
    `longest ${summarise(recoveries).longest} ms of ${recoveries.length}, allowed ${limitMs} ms`,
  );
}

function summarise(recoveries: readonly Recovery[]): ChaosReport["recovery"] {
  const sorted = recoveries.map(({ ms }) => ms).sort((a, b) => a - b);
  return { count: sorted.length, median: sorted[sorted.length >> 1] ?? 0, longest: sorted.at(-1) ?? 0 };
}

/** Waits for a condition that a check looks at afterwards. */
async function settle(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
  await eventually(condition, { timeoutMs, intervalMs: 250 }).catch(() => undefined);
}

function group(rows: readonly HistoryRow[]): Map<string, HistoryRow[]> {
  const grouped = new Map<string, HistoryRow[]>();
  for (const row of rows) {
    const own = grouped.get(row.job) ?? [];
    own.push(row);
    grouped.set(row.job, own);
  }
  return grouped;
}

function count<T>(list: readonly T[], name: (entry: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const entry of list) counts[name(entry)] = (counts[name(entry)] ?? 0) + 1;
  return counts;
}
