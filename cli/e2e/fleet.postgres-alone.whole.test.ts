import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { BatchResource, JobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { missingService } from "@vidferry/testing/services";
import postgres from "postgres";
import { startCommand } from "./command.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import type { RoleProcess } from "./fleet/role-process.ts";
import { type FleetServers, serversWithoutRedis } from "./fleet/servers.ts";
import { follow, type SeenEvent } from "./follow.ts";

const testMs = 180_000;
const missing = missingService("postgres") ?? missingService("s3");
const two = ["fleetVid001", "fleetVid002"];

describe.skipIf(missing !== undefined)("a fleet of several hosts on postgres and s3, without a redis", () => {
  let servers: FleetServers;
  let fleet: Fleet;
  let apis: readonly [RoleProcess, RoleProcess];
  let workers: readonly [RoleProcess, RoleProcess];
  beforeAll(async () => {
    servers = await serversWithoutRedis();
    const videos = two.map((id) => ({ id, title: "The same title", itags: [18], challenge: "none" as const }));
    fleet = await startFleet({
      ...servers,
      env: { LEASE_SECONDS: "5", WORKER_CONCURRENCY: "2", DRAIN_SECONDS: "0", LOG_LEVEL: "debug" },
      youtube: { catalogue: { videos } },
    });
    apis = await Promise.all([fleet.api(), fleet.api()]);
    workers = await Promise.all([fleet.worker("one"), fleet.worker("two")]);
  }, testMs);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  });

  const eventsUrl = (api: RoleProcess, id: string) => `${api.url}/api/v1/downloads/${id}/events`;
  const statesOf = (events: readonly SeenEvent[]) =>
    events.filter(({ event }) => event === "job").map(({ data }) => (JSON.parse(data) as { state: string }).state);
  const query = async (texts: TemplateStringsArray, ...values: readonly string[]): Promise<readonly postgres.Row[]> => {
    const sql = postgres(servers.databaseUrl, { max: 1 });
    return await sql(texts, ...values).finally(() => sql.end());
  };
  const post = (path: string, body: object) =>
    fetch(`${apis[0].url}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const read = async <T>(path: string): Promise<T> => (await (await fetch(`${apis[1].url}/api/v1${path}`)).json()) as T;
  /** The worker that has the job. */
  const workerOf = async (id: string): Promise<RoleProcess> => {
    const [row] = await query`select host from vidferry.jobs where id = ${id}`;
    return row?.["host"] === "one" ? workers[0] : workers[1];
  };
  const cutListeners = () =>
    query`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'vidferry-listener' and datname = current_database()`;

  test(
    "both APIs tell what one worker does, with the same ids, also while the database ends their connections",
    async () => {
      const [one, two] = apis;
      const url = fleet.origin.url("big/1200000.mp4", { bytesPerSecond: 300_000 });
      const { id } = await fleetJobs(one.url).submit({ url });
      const witnesses = apis.map((api) => follow(eventsUrl(api, id)));
      await fleetJobs(two.url).until(id, ({ state }) => state === "running", "a running job");
      // APIs and workers all listen.
      expect((await cutListeners()).length).toBeGreaterThanOrEqual(2);
      const [first = [], second = []] = await Promise.all(witnesses);
      expect(statesOf(first).at(-1)).toBe("succeeded");
      const last = (events: readonly SeenEvent[]) => events.filter(({ event }) => event === "job").at(-1)?.id;
      expect(last(second)).toBe(last(first));
      for (const events of [first, second]) expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
      // A client that comes back to the other API gets what came since, from the table.
      const place = first.find(({ event }) => event === "job")?.id ?? "";
      const replayed = await follow(eventsUrl(two, id), { lastEventId: place });
      expect(statesOf(replayed).at(-1)).toBe("succeeded");
      expect(replayed.at(-1)?.id).toBe(last(first));
    },
    testMs,
  );

  test(
    "a cancel at one API stops the job on another host, and every follower hears of it",
    async () => {
      const [one, two] = apis;
      const jobs = fleetJobs(two.url);
      const { id } = await jobs.submit({ url: fleet.origin.url("big/3000000.mp4", { bytesPerSecond: 50_000 }) });
      const followed = follow(eventsUrl(one, id));
      await jobs.until(id, ({ stage }) => stage === "downloading", "a download");
      const answer = await fetch(`${one.url}/api/v1/downloads/${id}/cancel`, { method: "POST" });
      expect(answer.status).toBe(200);
      expect(statesOf(await followed).at(-1)).toBe("canceled");
      await eventually(() =>
        workers.some(({ output }) =>
          output()
            .split("\n")
            .some((line) => line.includes(id) && line.includes('"outcome":"superseded"')),
        ),
      );
    },
    testMs,
  );

  test(
    "a batch gives its results as one archive, straight out of the storage",
    async () => {
      const urls = two.map((video) => fleet.youtube.url(video));
      const { id } = (await (await post("/batches", { urls })).json()) as BatchResource;
      await eventually(async () => (await read<BatchResource>(`/batches/${id}`)).state === "finished", {
        ...{ timeoutMs: 150_000, message: "the end of the batch" },
      });
      const answer = await fetch(`${apis[1].url}/api/v1/batches/${id}/archive`);
      const archive = Buffer.from(await answer.arrayBuffer());
      expect(archive.length).toBe(Number(answer.headers.get("content-length")));
      const { data: children } = await read<{ data: JobResource[] }>(`/downloads?batchId=${id}`);
      expect(children).toHaveLength(two.length);
      for (const { artifacts } of children) {
        const file = await fetch(`${apis[1].url}${artifacts[0]?.url}?proxy=1`);
        expect(archive.includes(Buffer.from(await file.arrayBuffer()))).toBe(true);
      }
      expect(archive.includes("The same title (2).mp4")).toBe(true);
    },
    testMs,
  );

  test(
    "a worker that was frozen beyond its lease neither doubles nor spoils the job",
    async () => {
      const jobs = fleetJobs(apis[0].url);
      const bytes = 2_500_000;
      // So slow that it is not complete when the lease expires: the engine of a frozen worker goes on.
      fleet.origin.setFaults(/^big\/2500000/, { bytesPerSecond: 80_000 });
      const { id } = await jobs.submit({ url: fleet.origin.url(`big/${bytes}.mp4`) });
      await jobs.until(id, ({ stage }) => stage === "downloading", "a download");
      const frozen = await workerOf(id);
      frozen.signal("SIGSTOP");
      await jobs.until(id, ({ attempt }) => attempt === 2, "the second attempt");
      frozen.signal("SIGCONT");
      fleet.origin.setFaults(/^big\/2500000/, null);
      const job = await jobs.succeeded(id);
      const file = await jobs.file(job);
      expect([job.attempt, job.artifacts.length, file.byteLength]).toEqual([2, 1, bytes]);
      expect(job.artifacts[0]?.sha256).toBe(createHash("sha256").update(file).digest("hex"));
      await eventually(() =>
        frozen
          .output()
          .split("\n")
          .some((line) => line.includes(id) && line.includes('"outcome":"superseded"')),
      );
      expect(frozen.hasEnded()).toBe(false);
    },
    testMs,
  );

  test(
    "an API asks a worker what a link offers",
    async () => {
      const answer = await post("/probe", { url: fleet.origin.url("landscape/18.mp4") });
      expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ kind: "video" })]);
    },
    testMs,
  );

  test(
    "a job whose worker is killed is finished by the other",
    async () => {
      const jobs = fleetJobs(apis[0].url);
      fleet.origin.setFaults(/^big\/2000000/, { bytesPerSecond: 100_000 });
      const { id } = await jobs.submit({ url: fleet.origin.url("big/2000000.mp4") });
      await jobs.until(id, ({ stage }) => stage === "downloading", "a download");
      await (await workerOf(id)).end("SIGKILL");
      fleet.origin.setFaults(/^big\/2000000/, null);
      expect(await jobs.succeeded(id)).toMatchObject({ attempt: 2, error: null });
    },
    testMs,
  );

  test(
    "`drain` reaches the workers of a host through the database, and they hand back what they run without burning an attempt",
    async () => {
      const jobs = fleetJobs(apis[0].url);
      // With a single attempt, one that counted would fail the job.
      const url = fleet.origin.url("big/2200000.mp4", { bytesPerSecond: 50_000 });
      const { id } = await jobs.submit({ url, maxAttempts: 1 });
      await jobs.until(id, ({ stage }) => stage === "downloading", "a download");
      const leaving = await workerOf(id);
      const drain = startCommand(["drain", leaving === workers[0] ? "one" : "two"], {
        cwd: fleet.home,
        env: fleet.env,
      });
      expect(await leaving.ended).toBe(0);
      expect(await drain.done).toMatchObject({ exitCode: 0 });
      expect(await jobs.get(id)).toMatchObject({ state: "queued", error: null });
    },
    testMs,
  );
});
