import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Vidferry } from "@vidferry/sdk";
import { eventually } from "@vidferry/testing";
import { everyEndIsTold } from "./every-end-is-told.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";
import { startHeldReceiver } from "./held-receiver.ts";

const testMs = 180_000;

describe.skipIf(missingServers() !== undefined)("webhooks on postgres, redis and s3", () => {
  let servers: FleetServers;
  let fleet: Fleet;
  beforeAll(async () => {
    servers = await fleetServers();
    fleet = await startFleet({ ...servers, env: { SECRETS_KEY: "k".repeat(32), WEBHOOK_TIMEOUT_SECONDS: "3" } });
  }, testMs);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  });

  test(
    "another process tells of the ends of jobs when those that ended them are killed before they did",
    async () => {
      await using receiver = startHeldReceiver();
      const env = { ALLOW_PRIVATE_HOSTS: `${fleet.env["ALLOW_PRIVATE_HOSTS"]},${receiver.host}` };
      const [api, worker] = await Promise.all([fleet.api({ env }), fleet.worker("one", { env })]);
      const vidferry = new Vidferry({ baseUrl: api.url });
      const webhook = await vidferry.webhooks.create({ url: receiver.url });
      const jobs = fleetJobs(api.url);
      const ended: { id: string; state: string }[] = [];
      for (let count = 0; count < 4; count += 1) {
        ended.push(await jobs.succeeded((await jobs.submit({ url: fleet.origin.url("big/1000.mp4") })).id));
      }
      await eventually(() => receiver.unanswered.size > 0);
      for (let count = 0; count < 8; count += 1) {
        const scheduledFor = new Date(Date.now() + 3_600_000).toISOString();
        const { id } = await jobs.submit({ url: fleet.origin.url("big/1000.mp4"), scheduledFor });
        ended.push(await vidferry.downloads.cancel(id));
      }
      expect(await Promise.all([api.end("SIGKILL"), worker.end("SIGKILL")])).toEqual([null, null]);
      receiver.open(webhook.secret);

      const other = await fleet.api({ env });
      await everyEndIsTold(new Vidferry({ baseUrl: other.url }), webhook.id, receiver, ended);
    },
    testMs,
  );
});
