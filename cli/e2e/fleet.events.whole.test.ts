import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";
import { follow, type SeenEvent } from "./follow.ts";

const testMs = 180_000;

describe.skipIf(missingServers() !== undefined)("the events of a job on postgres, redis and s3", () => {
  let servers: FleetServers;
  let fleet: Fleet;
  beforeAll(async () => {
    servers = await fleetServers();
    fleet = await startFleet(servers);
    await fleet.worker("host");
  }, testMs);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  });

  const eventsUrl = (api: { readonly url: string }, id: string) => `${api.url}/api/v1/downloads/${id}/events`;
  /** What must never be lost: every change of state or stage. */
  const changes = (events: readonly SeenEvent[]) =>
    events
      .filter(({ event }) => event === "job")
      .map(({ id, data }) => {
        const { state, stage } = JSON.parse(data) as { state: string; stage: string | null };
        return `${id} ${state} ${stage}`;
      });

  test(
    "a client whose API is killed goes on at another one and misses nothing",
    async () => {
      const [one, two] = await Promise.all([fleet.api(), fleet.api()]);
      const url = fleet.origin.url("big/1500000.mp4", { bytesPerSecond: 400_000 });
      const { id } = await fleetJobs(two.url).submit({ url });
      const witness = follow(eventsUrl(two, id));

      const before = await follow(eventsUrl(one, id), { stopAfter: 6 });
      const broken = follow(eventsUrl(one, id), { lastEventId: before.at(-1)?.id ?? "" }).catch((): SeenEvent[] => []);
      await one.end("SIGKILL");
      await broken;
      const after = await follow(eventsUrl(two, id), { lastEventId: before.at(-1)?.id ?? "" });

      const seen = [...before, ...after];
      const uninterrupted = await witness;
      expect(new Set(seen.map((event) => event.id)).size).toBe(seen.length);
      const end = changes(uninterrupted);
      expect(changes(seen).slice(-end.length + 1)).toEqual(end.slice(1));
      expect(end.at(-1)).toContain("succeeded");
      // The restarted API sends the complete sequence as well.
      const again = await fleet.api();
      const replayed = await follow(eventsUrl(again, id), { lastEventId: "0-0" });
      expect(changes(replayed).at(-1)).toBe(end.at(-1) ?? "");
      expect(changes(replayed).length).toBeGreaterThanOrEqual(end.length);
    },
    testMs,
  );
});
