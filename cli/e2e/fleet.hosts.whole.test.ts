import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { JobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { startCommand } from "./command.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { type FleetJobs, fleetJobs } from "./fleet/jobs.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";
import { processesIn } from "./processes.ts";

const testMs = 180_000;
const skewedClock = fileURLToPath(new URL("./fleet/skewed-clock.ts", import.meta.url));

describe.skipIf(missingServers() !== undefined)("workers of several hosts on postgres, redis and s3", () => {
  let servers: FleetServers;
  let fleet: Fleet;
  let jobs: FleetJobs;
  beforeAll(async () => {
    servers = await fleetServers();
    fleet = await startFleet({ ...servers, env: { LEASE_SECONDS: "5", WORKER_CONCURRENCY: "1" } });
    jobs = fleetJobs((await fleet.api()).url);
  }, testMs);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  });

  let made = 0;
  /** A file of its own size, so that its requests can be told from others; slow enough to be interrupted. */
  const slowFile = (bytesPerSecond: number) => {
    made += 1;
    const bytes = 2_000_000 + made;
    const path = `big/${bytes}.mp4`;
    fleet.origin.setFaults(new RegExp(`^big/${bytes}`), { bytesPerSecond });
    return {
      url: fleet.origin.url(path),
      bytes,
      /** Requests that got bytes of the file. One that asks for no range is the look at what the link is. */
      requests: () =>
        fleet.origin.requests.filter(
          (request) => request.path === `/${path}` && request.bytesSent > 0 && request.range !== null,
        ),
      quicken: () => fleet.origin.setFaults(new RegExp(`^big/${bytes}`), null),
      isWhole: async (job: JobResource) => {
        const file = await jobs.file(job);
        const sha256 = createHash("sha256").update(file).digest("hex");
        return file.byteLength === bytes && job.artifacts.length === 1 && job.artifacts[0]?.sha256 === sha256;
      },
    };
  };
  // A file comes over several connections, each with a part of it.
  const bytesOf = (requests: readonly { readonly bytesSent: number }[]): number =>
    requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  const someBytesOf = (file: ReturnType<typeof slowFile>) =>
    eventually(() => file.requests().some(({ bytesSent }) => bytesSent > 400_000), {
      message: "some bytes of the file",
    });

  test(
    "a job whose host died is finished on another one",
    async () => {
      const file = slowFile(300_000);
      const first = await fleet.worker("first-host");
      const { id } = await jobs.submit({ url: file.url });
      await someBytesOf(file);
      await first.end("SIGKILL");
      const before = file.requests().length;
      const second = await fleet.worker("second-host");
      file.quicken();
      const job = await jobs.succeeded(id);
      expect(job).toMatchObject({ attempt: 2, error: null });
      expect(await file.isWhole(job)).toBe(true);
      // Nothing of the first host's part was there to go on from.
      expect(bytesOf(file.requests().slice(before))).toBe(file.bytes);
      await second.end("SIGTERM");
    },
    testMs,
  );

  test(
    "on the same host the next worker continues the part, and nothing of the dead one is left",
    async () => {
      const file = slowFile(300_000);
      const first = await fleet.worker("same-host");
      const { id } = await jobs.submit({ url: file.url });
      await someBytesOf(file);
      await first.end("SIGKILL");
      await eventually(() => processesIn(fleet.home).every(({ command }) => !command.includes("yt-dlp")));
      const before = file.requests().length;
      file.quicken();
      const second = await fleet.worker("same-host");
      const job = await jobs.succeeded(id);
      expect(job.attempt).toBe(2);
      expect(await file.isWhole(job)).toBe(true);
      expect(bytesOf(file.requests().slice(before))).toBeLessThan(file.bytes);
      await second.end("SIGTERM");
    },
    testMs,
  );

  test(
    "a worker that was frozen beyond its lease neither doubles nor spoils the job",
    async () => {
      // So slow that it is not complete when the lease expires: the engine of a frozen worker goes on.
      const file = slowFile(80_000);
      const frozen = await fleet.worker("shared-host", { env: { LOG_LEVEL: "debug" } });
      const { id } = await jobs.submit({ url: file.url });
      await someBytesOf(file);
      frozen.signal("SIGSTOP");
      const other = await fleet.worker("shared-host");
      await jobs.until(id, ({ attempt }) => attempt === 2, "the second attempt");
      frozen.signal("SIGCONT");
      file.quicken();
      const job = await jobs.succeeded(id);
      expect(job.attempt).toBe(2);
      expect(await file.isWhole(job)).toBe(true);
      await eventually(() => /"outcome":"superseded"/.test(frozen.output()));
      expect(frozen.hasEnded()).toBe(false);
      await Promise.all([frozen.end("SIGTERM"), other.end("SIGTERM")]);
    },
    testMs,
  );

  test(
    "SIGTERM hands a running job back without burning an attempt",
    async () => {
      const file = slowFile(300_000);
      const leaving = await fleet.worker("leaving-host", { env: { DRAIN_SECONDS: "0" } });
      // With a single attempt, one that counted would fail the job.
      const { id } = await jobs.submit({ url: file.url, maxAttempts: 1 });
      await someBytesOf(file);
      expect(await leaving.end("SIGTERM")).toBe(0);
      expect(await jobs.get(id)).toMatchObject({ state: "queued", error: null });
      file.quicken();
      const staying = await fleet.worker("staying-host");
      const job = await jobs.succeeded(id);
      expect(await file.isWhole(job)).toBe(true);
      await staying.end("SIGTERM");
    },
    testMs,
  );

  test(
    "`drain` ends the workers of a host and no others, and hands back what they ran",
    async () => {
      const file = slowFile(300_000);
      const leaving = await fleet.worker("drained-host", { env: { DRAIN_SECONDS: "0" } });
      const { id } = await jobs.submit({ url: file.url, maxAttempts: 1 });
      await someBytesOf(file);
      const staying = await fleet.worker("other-host");
      const drain = startCommand(["drain", "drained-host"], { cwd: fleet.home, env: fleet.env });
      expect(await leaving.ended).toBe(0);
      expect(await drain.done).toMatchObject({ exitCode: 0 });
      file.quicken();
      expect(await file.isWhole(await jobs.succeeded(id))).toBe(true);
      expect(staying.hasEnded()).toBe(false);
      await staying.end("SIGTERM");
    },
    testMs,
  );

  test(
    "clocks that are two minutes apart disturb nothing: time is the database's",
    async () => {
      const skewed = (ms: number) => ({ preload: [skewedClock], env: { CLOCK_SKEW_MS: String(ms) } });
      const workers = await Promise.all([
        fleet.worker("early-host", skewed(-60_000)),
        fleet.worker("late-host", skewed(60_000)),
      ]);
      const late = fleetJobs((await fleet.api(skewed(60_000))).url);
      // Longer than two leases, while the sweeps of all three look for leases that ran out.
      const files = [slowFile(300_000), slowFile(300_000)];
      const ids = await Promise.all(files.map(async ({ url }) => (await late.submit({ url })).id));
      for (const [index, id] of ids.entries()) {
        const job = await jobs.succeeded(id);
        expect(job.attempt).toBe(1);
        expect(await files[index]?.isWhole(job)).toBe(true);
      }
      await Promise.all(workers.map((worker) => worker.end("SIGTERM")));
    },
    testMs,
  );
});
