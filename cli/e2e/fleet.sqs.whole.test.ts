import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { createTestQueues, missingService, type TestQueues, useService } from "@vidferry/testing/services";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import type { RoleProcess } from "./fleet/role-process.ts";
import { type FleetServers, serversWithoutRedis } from "./fleet/servers.ts";
import { follow } from "./follow.ts";

const testMs = 180_000;
const missing = missingService("postgres") ?? missingService("s3");

describe.skipIf(missing !== undefined)("a fleet on postgres, s3 and sqs, without a redis", () => {
  let servers: FleetServers;
  let queues: TestQueues;
  let fleet: Fleet;
  let api: RoleProcess;
  let worker: RoleProcess;
  beforeAll(async () => {
    [servers, queues] = await Promise.all([
      serversWithoutRedis(),
      useService("s3").then((url) => createTestQueues(url)),
    ]);
    fleet = await startFleet({ ...servers, queueUrl: queues.url });
    [api, worker] = await Promise.all([fleet.api(), fleet.worker("host")]);
  }, testMs);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await queues?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  });

  const waiting = async (): Promise<unknown> => {
    const request = { QueueUrl: queues.url, AttributeNames: ["All"] };
    const { Attributes } = await queues.request("GetQueueAttributes", request);
    const counts = Attributes as Readonly<Record<string, string>>;
    return Number(counts["ApproximateNumberOfMessages"]) + Number(counts["ApproximateNumberOfMessagesNotVisible"]);
  };
  const queueHealth = async (): Promise<{
    readonly status: string;
    readonly detail?: string;
    readonly fix?: string;
  }> => {
    const { checks } = (await (await fetch(`${api.url}/health/detailed`)).json()) as {
      checks: { name: string; status: string; detail?: string; fix?: string }[];
    };
    return checks.find(({ name }) => name === "queue") ?? { status: "absent" };
  };

  test(
    "a job runs, its followers hear of it, and its hint is acknowledged",
    async () => {
      const { id } = await fleetJobs(api.url).submit({ url: fleet.origin.url("landscape/18.mp4") });
      const events = await follow(`${api.url}/api/v1/downloads/${id}/events`);
      expect(JSON.parse(events.at(-1)?.data ?? "{}")).toMatchObject({ id, state: "succeeded", attempt: 1 });
      await eventually(async () => (await waiting()) === 0);
      expect(await queueHealth()).toMatchObject({ status: "ok" });
    },
    testMs,
  );

  test(
    "messages that are no hints, and hints that come twice, run nothing twice",
    async () => {
      const jobs = fleetJobs(api.url);
      const { id } = await jobs.submit({ url: fleet.origin.url("landscape/18.mp4") });
      for (const MessageBody of [
        JSON.stringify({ job: id }),
        JSON.stringify({ job: id }),
        "{",
        '{"job":"x; DROP TABLE"}',
      ])
        await queues.request("SendMessage", { QueueUrl: queues.url, MessageBody });
      expect(await jobs.succeeded(id)).toMatchObject({ attempt: 1 });
      await eventually(async () => (await waiting()) === 0);
      expect((await jobs.get(id)).attempt).toBe(1);
      expect(worker.hasEnded()).toBe(false);
    },
    testMs,
  );

  test(
    "when a queue was deleted jobs run all the same, and health and log name it",
    async () => {
      await queues.request("DeleteQueue", { QueueUrl: queues.url });
      const jobs = fleetJobs(api.url);
      const { id } = await jobs.submit({ url: fleet.origin.url("landscape/18.mp4") });
      expect(await jobs.succeeded(id)).toMatchObject({ attempt: 1 });
      const gone = { status: "failed", detail: expect.stringMatching(/the queue test-\S+ failed: it does not exist/) };
      // An answer of the health is kept for some seconds.
      await eventually(async () => (await queueHealth())?.status === "failed");
      expect(await queueHealth()).toMatchObject(gone);
      await eventually(() => /jobs could not be offered to the queue/.test(api.output()));
      await eventually(() => /it does not exist.*hints cannot be received/.test(worker.output()));
    },
    testMs,
  );
});
