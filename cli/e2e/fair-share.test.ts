import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Job } from "@vidferry/core";
import { postgresStore } from "@vidferry/core/postgres";
import { redisHintQueue } from "@vidferry/core/redis";
import { sqliteStore } from "@vidferry/core/sqlite";
import { systemClock } from "@vidferry/core/system";
import { eventually, onlyWhole, tempDir } from "@vidferry/testing";
import { startFleet } from "./fleet/fleet.ts";
import { redisCommand } from "./fleet/redis-command.ts";
import { fleetServers, missingServers } from "./fleet/servers.ts";
import { setScene } from "./scene.ts";
import { startService } from "./service.ts";
import { jobsOf, overtakenBy, slowAnswer, someEnded, submit } from "./waiting-owners.ts";

const testMs = 180_000;
const slots = 2;
const many = 1_000;

describe.skipIf(missingServers() !== undefined)("workers on postgres, redis and s3", () => {
  onlyWhole(test)(
    "start another owner's first job next, whatever is queued, and hold to an account's running jobs",
    async () => {
      await using dir = await tempDir("vidferry-fair");
      await using servers = await fleetServers();
      const env = { VIDFERRY_YTDLP: await slowAnswer(dir), WORKER_CONCURRENCY: String(slots) };
      await using fleet = await startFleet({ ...servers, env });
      const store = postgresStore({ url: servers.databaseUrl });
      const queue = redisHintQueue({ url: servers.redisUrl, clock: systemClock });
      await using _ = {
        [Symbol.asyncDispose]: async () => {
          await queue.close();
          await store.close();
        },
      };
      const place = { store, queue };
      await store.accounts.limit("cem", { runningJobs: 1 });
      await submit(place, "ada", many, "high");
      const workers = await Promise.all([fleet.worker("one"), fleet.worker("two")]);
      await someEnded(place, 4);
      const [first] = await submit(place, "bob", 3, "low");
      // Claims that were under way may still be of the other.
      expect(await overtakenBy(place, first as Job, "ada")).toBeLessThanOrEqual(slots * workers.length);

      const limited = await submit(place, "cem", 6, "normal");
      let most = 0;
      await eventually(
        async () => {
          const jobs = await jobsOf(store, "cem");
          most = Math.max(most, jobs.filter(({ state }) => state === "running").length);
          return jobs.every(({ state }) => state === "failed");
        },
        { timeoutMs: 90_000, intervalMs: 20, message: "the end of the limited owner's jobs" },
      );
      expect(most).toBe(1);
      const ended = await jobsOf(store, "cem");
      expect(ended.map(({ id, attempt }) => [id as string, attempt]).sort()).toEqual(
        limited.map(({ id }) => [id as string, 1]).sort(),
      );

      // What Redis forgets, the store knows.
      await redisCommand(servers.redisUrl, "FLUSHALL");
      const [again] = await submit({ store, queue: null }, "dot", 1, "low");
      expect(await overtakenBy(place, again as Job, "ada")).toBeLessThanOrEqual(slots * workers.length);
    },
    testMs,
  );
});

describe("a service on SQLite", () => {
  test(
    "starts another owner's first job next, whatever is queued",
    async () => {
      await using dir = await tempDir("vidferry-fair");
      await using scene = await setScene({
        env: { VIDFERRY_YTDLP: await slowAnswer(dir), WORKER_CONCURRENCY: String(slots) },
      });
      await using service = await startService(scene);
      const store = sqliteStore({ path: join(scene.home, "data/vidferry.db") });
      await using _ = { [Symbol.asyncDispose]: () => store.close() };
      const place = { store, queue: null };
      await submit(place, "ada", many, "high");
      await someEnded(place, 4);
      const [first] = await submit(place, "bob", 1, "low");
      expect(await overtakenBy(place, first as Job, "ada")).toBeLessThanOrEqual(slots);
      expect(service.log()).not.toContain("could not be taken");
    },
    testMs,
  );
});
