import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AttemptDeps,
  defaultHostPolicy,
  defaultMaintenanceOptions,
  type Job,
  type JobId,
  type Maintenance,
  readRequest,
  serviceTasks,
  startMaintenance,
  submitJob,
} from "@vidferry/core";
import { type PostgresStore, postgresStore, queryTimeoutWithin } from "@vidferry/core/postgres";
import { createServiceFixture, eventually, onlyWhole, programFile, startTcpProxy, tempDir } from "@vidferry/testing";
import { createMigratedDatabase, missingService, startPostgres, useService } from "@vidferry/testing/services";
import postgres from "postgres";

const program = programFile(new URL("./testing/worker-main.ts", import.meta.url));

/** Jobs in PostgreSQL, and workers in processes of their own. */
async function setUp(url: string, leaseMs: number) {
  const dir = await tempDir("vidferry-processes");
  const store: PostgresStore = postgresStore({ url, migrate: true, queryTimeoutMs: queryTimeoutWithin(leaseMs) });
  const fixture = await createServiceFixture({}, { database: store });
  const { deps } = fixture;
  const children = new Set<Bun.Subprocess>();
  return {
    deps,
    store,
    submit: async (name: string): Promise<JobId> => {
      const request = readRequest({ url: `https://www.youtube.com/watch?v=${name}` });
      const input = { owner: "local", request, written: request, idempotencyKey: null, requestId: null };
      return (await submitJob(deps, { hosts: defaultHostPolicy, maxAttempts: 3 }, input)).job.id;
    },
    job: async (id: JobId): Promise<Job> => {
      const job = await store.jobs.get(id, null);
      if (job === null) throw new Error(`${id} is gone`);
      return job;
    },
    start: (kind: "pool" | "worker") => {
      const child = Bun.spawn([process.execPath, program, url, dir.path, String(leaseMs), kind], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      children.add(child);
      return child;
    },
    letGo: () => writeFile(join(dir.path, "go"), ""),
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all([...children].map((child) => child.exited));
      await fixture[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(missingService("postgres") !== undefined)("workers in processes of their own, on postgres", () => {
  const started: Maintenance[] = [];
  const sweep = (deps: AttemptDeps, leaseMs: number): Maintenance => {
    const tasks = serviceTasks(deps, { ...defaultMaintenanceOptions, leaseMs, everyMs: 500 });
    const maintenance = startMaintenance(deps, tasks);
    started.push(maintenance);
    return maintenance;
  };
  afterAll(() => Promise.all(started.map((maintenance) => maintenance.stop())));

  /** The server's own processes leave its process group. */
  const signalAll = (pid: number, signal: NodeJS.Signals) => {
    const { stdout } = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
    for (const one of [pid, ...stdout.split("\n").filter(Boolean).map(Number)]) process.kill(one, signal);
  };

  // Side by side, for they mostly wait for leases. In short chaos has PostgreSQL away for as long.
  onlyWhole(test.concurrent.each(["frozen", "killed and restarted"] as const))(
    "lose nothing that ended while PostgreSQL was %s for longer than a lease",
    async (how) => {
      const leaseMs = 3_000;
      await using server = await startPostgres();
      await using scene = await setUp(server.url, leaseMs);
      const { deps, store } = scene;
      const ids: JobId[] = [];
      for (let number = 0; number < 30; number++)
        ids.push(await scene.submit(`steady${String(number).padStart(5, "0")}`));
      scene.start("pool");
      await eventually(async () => (await store.jobs.countByState()).running === 30, { timeoutMs: 60_000 });
      // Runs the lost-workers task here until it has released an expired lease, that is until its grace period is over.
      const maintenance = sweep(deps, leaseMs);
      const dead = await scene.submit("deadWorker1");
      await store.attempts.claim([dead], { worker: "gone", host: "elsewhere", leaseMs: 100 });
      await store.attempts.heartbeat({ jobId: dead, attempt: 1 }, 100, { stage: "resolving" });
      await eventually(async () => (await scene.job(dead)).lostWorkers === 1, { timeoutMs: 60_000 });
      await store.jobs.remove(dead, null);

      if (how === "frozen") signalAll(server.pid, "SIGSTOP");
      else signalAll(server.pid, "SIGKILL");
      await scene.letGo();
      // The tested case: an outage during which no process reaches the database.
      await Bun.sleep(3 * leaseMs);
      if (how === "frozen") signalAll(server.pid, "SIGCONT");
      else await server.restart();

      const counts = () => store.jobs.countByState().catch(() => null);
      await eventually(async () => (await counts())?.succeeded === 30, { timeoutMs: 90_000 });
      const jobs = await Promise.all(ids.map(scene.job));
      expect(jobs.map(({ attempt, lostWorkers }) => [attempt, lostWorkers])).toEqual(ids.map(() => [1, 0]));
      await maintenance.stop();
    },
    180_000,
  );

  test("a job that kills its worker ends as worker_lost, and those beside it do not", async () => {
    await using database = await createMigratedDatabase(await useService("postgres"));
    await using scene = await setUp(database.url, 2_000);
    await scene.letGo();
    const poison = await scene.submit("poisonVid01");
    const innocent = [await scene.submit("innocent001"), await scene.submit("innocent002")];
    let deaths = 0;
    let over = false;
    let current = scene.start("worker");
    const kept = (async () => {
      for (;;) {
        await current.exited;
        if (over) return;
        deaths += 1;
        current = scene.start("worker");
      }
    })();
    await eventually(async () => (await scene.job(poison)).state === "failed", { timeoutMs: 120_000 });
    for (const id of innocent) {
      await eventually(async () => (await scene.job(id)).state === "succeeded", { timeoutMs: 60_000 });
      // Once beside the poison at most; alone they end.
      expect((await scene.job(id)).lostWorkers).toBeLessThanOrEqual(1);
    }
    expect(await scene.job(poison)).toMatchObject({ lostWorkers: 3, error: { code: "worker_lost" } });
    expect(deaths).toBe(3);
    over = true;
    current.kill("SIGKILL");
    await kept;
  }, 240_000);

  test("that are frozen while they start jobs hold up the others for a short time only", async () => {
    await using database = await createMigratedDatabase(await useService("postgres"));
    const { port } = new URL(database.url);
    await using proxy = await startTcpProxy({ port: Number(port) });
    await using scene = await setUp(database.url.replace(`:${port}/`, `:${proxy.port}/`), 30_000);
    const claim = { worker: "other", host: "host", leaseMs: 30_000, hinted: true };
    // Makes the rows of the turns.
    await scene.store.attempts.claimNext(1, claim);
    await scene.submit("frozen00001");
    await scene.submit("frozen00002");
    const watcher = postgres(database.url, { max: 1 });
    // Of the statement that takes the lock the answer is on its way: the process has time to be stopped.
    const isInside = async () =>
      (
        await watcher`select 1 from pg_stat_activity where state = 'idle in transaction' and query like '%dispatch_turns%'`
      ).length === 1;
    proxy.latency = 300;
    const child = scene.start("pool");
    await eventually(isInside, { timeoutMs: 60_000, intervalMs: 20 });
    child.kill("SIGSTOP");
    await eventually(isInside);
    // Waits for the lock for less than the server lets other transactions be silent.
    const other = postgresStore({ url: database.url, queryTimeoutMs: 5_000 });
    expect(await other.attempts.claimNext(2, claim)).toHaveLength(2);
    // It finds its connection closed when it goes on, and works all the same.
    child.kill("SIGCONT");
    proxy.latency = 0;
    await scene.letGo();
    const last = await scene.submit("frozen00003");
    await eventually(async () => (await scene.job(last)).state === "succeeded", { timeoutMs: 60_000 });
    expect(child.exitCode).toBeNull();
    await other.close();
    await watcher.end();
  }, 120_000);

  test("show in the registry, and end when they are asked to drain, once what they run is done", async () => {
    await using server = await createMigratedDatabase(await useService("postgres"));
    await using scene = await setUp(server.url, 5_000);
    const { store } = scene;
    const child = scene.start("worker");
    const id = await scene.submit("drained0001");
    const listed = async () => (await store.workers.list(10_000))[0];
    await eventually(async () => (await listed())?.running.length === 1);
    const worker = await listed();
    expect(worker).toMatchObject({ state: "active", pid: child.pid, version: "1.2.3", standalone: true });
    expect(worker?.running).toMatchObject([{ jobId: id, attempt: 1 }]);

    expect(await store.workers.drain(worker?.id ?? "wrk_", 10_000)).toBe("asked");
    await eventually(async () => (await listed())?.state === "draining");
    const later = await scene.submit("drained0002");
    scene.letGo();
    expect(await child.exited).toBe(0);
    expect((await scene.job(id)).state).toBe("succeeded");
    expect(await scene.job(later)).toMatchObject({ state: "queued", attempt: 0 });
    expect(await listed()).toMatchObject({ state: "gone", running: [] });
  });

  onlyWhole(test)("that were killed are gone after a time, and then vanish", async () => {
    await using server = await createMigratedDatabase(await useService("postgres"));
    await using scene = await setUp(server.url, 5_000);
    const { store } = scene;
    const child = scene.start("worker");
    await eventually(async () => (await store.workers.list(10_000)).length === 1);
    child.kill("SIGKILL");
    await child.exited;
    await eventually(async () => (await store.workers.list(100))[0]?.state === "gone");
    await eventually(async () => (await store.workers.prune(100)) === 1);
    expect(await store.workers.list(100)).toEqual([]);
  });
});
