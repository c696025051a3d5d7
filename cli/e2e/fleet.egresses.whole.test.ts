import { expect, test } from "bun:test";
import type { EgressResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import { missingServers, serversWithoutRedis } from "./fleet/servers.ts";

const budget = 2;
const videos = Array.from({ length: 5 }, (_, count) => ({
  id: `budgetVid0${count}`,
  title: `Video ${count}`,
  itags: [18],
  challenge: "none" as const,
}));

test.skipIf(missingServers() !== undefined)(
  "with postgres and s3, two workers together use an egress no more often in an hour than its budget, and the other jobs wait for it",
  async () => {
    await using servers = await serversWithoutRedis();
    const env = { SECRETS_KEY: "k".repeat(32), WORKER_CONCURRENCY: "4" };
    await using fleet = await startFleet({ ...servers, env, youtube: { catalogue: { videos } } });
    const api = await fleet.api();
    const address = await fleet.youtube.addAddress();
    const body = { name: "homes", proxyUrl: address.proxyUrl, resolvesPerHour: budget, spacingSeconds: 0 };
    const headers = { "content-type": "application/json" };
    const made = await fetch(`${api.url}/api/v1/egresses`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as EgressResource;
    const jobs = fleetJobs(api.url);
    const accepted = await Promise.all(videos.map((video) => jobs.submit({ url: fleet.youtube.url(video.id) })));
    // They start with everything there is to do, so that they compete for the budget.
    await Promise.all([fleet.worker("one"), fleet.worker("two")]);
    const all = async () => await Promise.all(accepted.map((job) => jobs.get(job.id)));
    await eventually(
      async () => {
        const seen = await all();
        const waits = seen.filter(({ waitingFor }) => waitingFor?.reason === "egress").length;
        return seen.filter(({ state }) => state === "succeeded").length === budget && waits === videos.length - budget;
      },
      { timeoutMs: 180_000, intervalMs: 200, message: "as many results as the budget has, and the rest waiting" },
    );
    const asked = new Set(fleet.youtube.requests.flatMap(({ query }) => query["v"] ?? query["id"] ?? []));
    expect(asked.size).toBe(budget);
    for (const job of (await all()).filter(({ state }) => state === "queued"))
      expect(job).toMatchObject({
        error: null,
        waitingFor: { detail: expect.stringContaining(`${budget} times an hour`) },
      });
    const shown = (await (await fetch(`${api.url}/api/v1/egresses/${id}`)).json()) as EgressResource;
    expect(shown).toMatchObject({ usedThisHour: budget, state: "ready" });
  },
  300_000,
);
