/**
 * How long the first job of another owner waits beside many queued jobs of one: workers on PostgreSQL and Redis, then a service on
 * SQLite. Real processes with a yt-dlp that takes 0.3 s and then says that a video is private. One newcomer after the other; with
 * fair shares each waits until one of the running jobs ends.
 * Usage: bun bench/fair-share.ts [queued jobs] [newcomers]
 */
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { startFleet } from "../cli/e2e/fleet/fleet.ts";
import { fleetServers } from "../cli/e2e/fleet/servers.ts";
import { setScene } from "../cli/e2e/scene.ts";
import { startService } from "../cli/e2e/service.ts";
import { jobsOf, overtakenBy, type Place, slowAnswer, someEnded, submit } from "../cli/e2e/waiting-owners.ts";
import { redisHintQueue } from "../core/src/adapters/redis/index.ts";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { sqliteStore } from "../core/src/adapters/sql/sqlite/index.ts";
import { systemClock } from "../core/src/adapters/system/index.ts";
import type { Job } from "../core/src/index.ts";
import { median, quantile } from "./figures.ts";

const queued = Number(process.argv[2] ?? 10_000);
const newcomers = Number(process.argv[3] ?? 15);
const slots = 2;

const dir = await tempDir("vidferry-bench-fair");
const env = { VIDFERRY_YTDLP: await slowAnswer(dir), WORKER_CONCURRENCY: String(slots) };
await onServers();
await onSqlite();
await dir[Symbol.asyncDispose]();
process.exit();

async function onServers(): Promise<void> {
  await using servers = await fleetServers();
  await using fleet = await startFleet({ ...servers, env });
  const store = postgresStore({ url: servers.databaseUrl });
  const queue = redisHintQueue({ url: servers.redisUrl, clock: systemClock });
  await submit({ store, queue }, "ada", queued, "high");
  await Promise.all([fleet.worker("one"), fleet.worker("two")]);
  await measure("PostgreSQL and Redis, two workers", { store, queue });
  await queue.close();
  await store.close();
}

async function onSqlite(): Promise<void> {
  await using scene = await setScene({ env });
  await using _ = await startService(scene);
  const store = sqliteStore({ path: join(scene.home, "data/vidferry.db") });
  await submit({ store, queue: null }, "ada", queued, "high");
  await measure("SQLite, one service", { store, queue: null });
  await store.close();
}

async function measure(name: string, place: Place): Promise<void> {
  await someEnded(place, 4);
  const waits: number[] = [];
  const overtaken: number[] = [];
  for (let number = 1; number <= newcomers; number += 1) {
    const [job] = await submit(place, `newcomer${number}`, 1, "low");
    overtaken.push(await overtakenBy(place, job as Job, "ada"));
    const started = await place.store.jobs.get((job as Job).id, null);
    waits.push(Number(started?.startedAt) - Number(started?.createdAt));
  }
  const jobs = await jobsOf(place.store, "ada");
  const runs = jobs.flatMap(({ startedAt, finishedAt }) =>
    startedAt && finishedAt ? [Number(finishedAt) - Number(startedAt)] : [],
  );
  const left = jobs.filter(({ state }) => state === "queued").length;
  console.log(`${name}, ${slots} jobs at once each: ${queued} jobs of one owner, ${left} still queued at the end`);
  console.log(
    `  a newcomer's first job waits ${median(waits)} ms, at most ${Math.max(...waits)} ms (${newcomers} newcomers)`,
  );
  console.log(`  a job takes ${median(runs)} ms, 19 of 20 at most ${quantile(runs, 0.95)} ms`);
  console.log(`  jobs of the other started meanwhile: ${median(overtaken)}, at most ${Math.max(...overtaken)}`);
}
