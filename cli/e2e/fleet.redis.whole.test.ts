import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import { redisCommand } from "./fleet/redis-command.ts";
import type { RoleProcess } from "./fleet/role-process.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";
import { follow } from "./follow.ts";

const testMs = 180_000;

describe.skipIf(missingServers() !== undefined)("jobs over a redis, also one in trouble, with postgres and s3", () => {
  let servers: FleetServers;
  let fleet: Fleet;
  let api: RoleProcess;
  let worker: RoleProcess;
  beforeAll(async () => {
    servers = await fleetServers();
    fleet = await startFleet(servers);
    [api, worker] = await Promise.all([fleet.api(), fleet.worker("host")]);
  }, testMs);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  });

  const clip = () => ({ url: fleet.origin.url("landscape/18.mp4") });
  const runsOne = async () => {
    const jobs = fleetJobs(api.url);
    const job = await jobs.succeeded((await jobs.submit(clip())).id);
    expect(job.attempt).toBe(1);
    return job;
  };

  test(
    "messages that are not ours are thrown away, and hints of jobs that never were do no harm",
    async () => {
      const stream = "vidferry:{queue}:normal";
      await redisCommand(servers.redisUrl, "XADD", stream, "*", "somebody", "else");
      await redisCommand(servers.redisUrl, "XADD", stream, "*", "job", "not an id; DROP TABLE jobs");
      await redisCommand(servers.redisUrl, "XADD", stream, "*", "job", "job_00000000000000000000000000000000");
      await runsOne();
      await eventually(async () => (await redisCommand(servers.redisUrl, "XLEN", stream)) === ":0\r\n");
      expect(worker.hasEnded()).toBe(false);
    },
    testMs,
  );

  test(
    "a client that waits gets the job that a worker has ended, and the worker's log names the request",
    async () => {
      const requestId = "request-of-a-client-1";
      const answer = await fetch(`${api.url}/api/v1/downloads`, {
        method: "POST",
        headers: { "content-type": "application/json", prefer: "wait=60", "x-request-id": requestId },
        body: JSON.stringify(clip()),
      });
      const job = (await answer.json()) as { id: string; state: string };
      expect([answer.status, job.state, answer.headers.get("x-request-id")]).toEqual([200, "succeeded", requestId]);
      const lines = await eventually(() => {
        const its = worker
          .output()
          .split("\n")
          .filter((line) => line.includes(requestId));
        return its.length > 0 && its;
      });
      expect(lines.every((line) => line.includes(job.id))).toBe(true);
    },
    testMs,
  );

  test(
    "a key of another type in place of a stream stops no job",
    async () => {
      await redisCommand(servers.redisUrl, "FLUSHALL");
      await redisCommand(servers.redisUrl, "SET", "vidferry:{queue}:normal", "a text");
      await runsOne();
      await redisCommand(servers.redisUrl, "FLUSHALL");
      await runsOne();
    },
    testMs,
  );

  test(
    "when it is full jobs are accepted and run all the same, and followers hear of their end",
    async () => {
      await redisCommand(servers.redisUrl, "CONFIG", "SET", "maxmemory-policy", "noeviction");
      await redisCommand(servers.redisUrl, "CONFIG", "SET", "maxmemory", "1");
      await expect(redisCommand(servers.redisUrl, "SET", "x", "y")).rejects.toThrow("OOM");
      const jobs = fleetJobs(api.url);
      const { id } = await jobs.submit(clip());
      const events = await follow(`${api.url}/api/v1/downloads/${id}/events`);
      expect(JSON.parse(events.at(-1)?.data ?? "{}")).toMatchObject({ id, state: "succeeded" });
      await redisCommand(servers.redisUrl, "CONFIG", "SET", "maxmemory", "0");
      await runsOne();
    },
    testMs,
  );
});
