import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type OwnerEvent, Vidferry } from "@vidferry/sdk";
import { eventually, startTcpProxy } from "@vidferry/testing";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";

const testMs = 120_000;
/** How often an API is killed. */
const kills = 3;
const link = (n: number) => `https://www.youtube.com/watch?v=${String(n).padStart(11, "x")}`;

/** Each `job` event, with its place. */
const changes = (events: readonly OwnerEvent[]): string[] =>
  events.flatMap(({ id, type, data }) => (type === "job" ? [`${id} ${data.id} ${data.state} ${data.stage}`] : []));

/** Follows until it is told to stop. */
function watch(baseUrl: string, seen: OwnerEvent[] = []) {
  const leave = new AbortController();
  const options = { signal: leave.signal, maxReconnects: 100 };
  const done = (async () => {
    for await (const event of new Vidferry({ baseUrl }).events(options)) seen.push(event);
  })().catch((error: unknown) => {
    if (!leave.signal.aborted) throw error;
  });
  // Told by `stop`.
  done.catch(() => undefined);
  return {
    seen,
    stop: async () => {
      leave.abort();
      await done;
    },
  };
}

describe.skipIf(missingServers() !== undefined)("the events of all jobs on postgres, redis and s3", () => {
  let servers: FleetServers;
  let fleet: Fleet;
  beforeAll(async () => {
    servers = await fleetServers();
    fleet = await startFleet(servers);
  }, testMs);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  });

  test(
    "a client misses nothing although one API after the other is killed under it",
    async () => {
      const steady = await fleet.api();
      let api = await fleet.api();
      const target = { port: Number(new URL(api.url).port) };
      await using balancer = await startTcpProxy(target);
      const jobs = fleetJobs(steady.url);
      const move = (id: string, to: string) =>
        fetch(`${steady.url}/api/v1/downloads/${id}/${to}`, { method: "POST" }).then(({ status }) => status);
      const witness = watch(steady.url);
      const client = watch(`http://127.0.0.1:${balancer.port}`);
      await eventually(() => [witness, client].every(({ seen }) => seen.some(({ type }) => type === "snapshot")));

      for (let round = 0; round < kills; round++) {
        const ids: string[] = [];
        let isBusy = true;
        const busy = (async () => {
          for (let n = 0; isBusy || n < 20; n++) {
            const { id } = await jobs.submit({ url: link(n) });
            ids.push(id);
            for (const to of ["pause", "resume", "cancel"]) expect(await move(id, to)).toBe(200);
          }
        })();
        await eventually(() => ids.length > 5);
        await api.end("SIGKILL");
        balancer.reset();
        api = await fleet.api();
        target.port = Number(new URL(api.url).port);
        await eventually(() => balancer.connections > 0, { message: "the client is back" });
        isBusy = false;
        await busy;
      }
      await eventually(() => changes(client.seen).length >= changes(witness.seen).length);
      await Promise.all([client.stop(), witness.stop()]);
      expect(changes(witness.seen).length).toBeGreaterThan(60 * kills);
      expect(changes(client.seen)).toEqual(changes(witness.seen));
      // Nowhere did it have to start over.
      expect(client.seen.filter(({ type }) => type === "snapshot")).toHaveLength(1);
    },
    testMs,
  );
});
