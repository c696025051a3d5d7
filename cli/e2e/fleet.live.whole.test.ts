import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "@vidferry/core";
import { s3Blobs } from "@vidferry/core/s3";
import { eventually, startLiveBroadcast, timelineFaults } from "@vidferry/testing";
import { testS3Credentials } from "@vidferry/testing/services";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { type FleetJobs, fleetJobs } from "./fleet/jobs.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";
import { processesIn } from "./processes.ts";

const limitMs = 300_000;

describe.skipIf(missingServers() !== undefined)(
  "a live stream that workers of several hosts on postgres, redis and s3 record",
  () => {
    let servers: FleetServers;
    let fleet: Fleet;
    let jobs: FleetJobs;
    let blobs: BlobStore;
    beforeAll(async () => {
      servers = await fleetServers();
      const env = { ALLOW_LIVE: "on", LEASE_SECONDS: "10", WORKER_CONCURRENCY: "1", DRAIN_SECONDS: "120" };
      fleet = await startFleet({ ...servers, env });
      jobs = fleetJobs((await fleet.api()).url);
      blobs = s3Blobs({ url: servers.storageUrl, credentials: testS3Credentials });
    }, limitMs);
    afterAll(async () => {
      await blobs?.close();
      await fleet?.[Symbol.asyncDispose]();
      await servers?.[Symbol.asyncDispose]();
    });

    const copiesOf = async (id: string) =>
      (await Array.fromAsync(blobs.list(`jobs/${id}/`))).filter(({ key }) => key.endsWith(".recording"));
    /** How many segments the copies tell of. */
    const copiedSegments = async (id: string): Promise<number> => {
      let segments = 0;
      for (const { key } of await copiesOf(id)) {
        const text = await new Response(
          (await blobs.open(key))?.body as ReadableStream<Uint8Array<ArrayBuffer>>,
        ).text();
        segments += text.split('\\"sequence\\"').length - 1;
      }
      return segments;
    };

    test(
      "is kept when one of them is gone with its disk: another goes on, and says what is missing",
      async () => {
        const broadcast = await startLiveBroadcast();
        const id = "onAirFleet1";
        fleet.youtube.addVideo({ id, live: "now", startsAt: Math.floor(Date.now() / 1000) - 60, broadcast });
        const job = await jobs.submit({ url: fleet.youtube.url(id) });
        const recorded = (seconds: number) =>
          jobs.until(
            job.id,
            ({ progress }) => (progress.recordedSeconds ?? 0) >= seconds,
            `${seconds} recorded seconds`,
          );

        const first = await fleet.worker("gone-host");
        await recorded(3);
        await eventually(async () => (await copiedSegments(job.id)) >= 3, { timeoutMs: 60_000, message: "copies" });
        await first.end("SIGKILL");
        const disk = join(fleet.home, "gone-host");
        await eventually(() => processesIn(disk).length === 0, { message: "the end of every child" });
        await rm(disk, { recursive: true });
        // Of these the playlist still names six: two are missed.
        broadcast.publish(8);

        const second = await fleet.worker("next-host");
        await recorded(9);
        expect(await second.end("SIGTERM")).toBe(0);
        const done = await jobs.succeeded(job.id);
        expect(done).toMatchObject({ attempt: 2, error: null });
        expect(done.warnings.map(({ code }) => code).sort()).toEqual(["live_ended_early", "live_gaps"]);
        const path = join(fleet.home, "result.mp4");
        await writeFile(path, await jobs.file(done));
        const seconds = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });
        expect(await timelineFaults(path, [seconds(3, 6), seconds(8, 14)])).toEqual([]);
        expect(await copiesOf(job.id)).toEqual([]);
      },
      limitMs,
    );
  },
);
