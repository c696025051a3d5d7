import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type OwnerEvent, Vidferry } from "@vidferry/sdk";
import { eventually, startTcpProxy } from "@vidferry/testing";
import { runCommand } from "./command.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";

const testMs = 120_000;
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

      for (let round = 0; round < 3; round++) {
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
      expect(changes(witness.seen).length).toBeGreaterThan(200);
      expect(changes(client.seen)).toEqual(changes(witness.seen));
      // Nowhere did it have to start over.
      expect(client.seen.filter(({ type }) => type === "snapshot")).toHaveLength(1);
    },
    testMs,
  );

  test(
    "streams and sockets of a key, and those of its tickets, end on every replica when the key is revoked",
    async () => {
      const env = { AUTH: "keys" };
      const apis = await Promise.all([fleet.api({ env }), fleet.api({ env })]);
      const command = (...args: string[]) => runCommand(["keys", ...args], { cwd: fleet.home, env: fleet.env });
      const created = await command("create", "--name", "leaving");
      const apiKey = /vf_\w+/.exec(created.stdout)?.[0] ?? "";
      const keyId = /key_\w+/.exec(created.stdout + created.stderr)?.[0] ?? "";
      const clients = apis.map(({ url }) => new Vidferry({ baseUrl: url, apiKey, maxRetries: 0 }));
      const tickets = await Promise.all(clients.map((client) => client.tickets.create()));
      const unused = await clients[0]?.tickets.create();

      const ends: Promise<unknown>[] = [];
      for (const [index, { url }] of apis.entries()) {
        // Made at the other one.
        const query = `ticket=${tickets[1 - index]?.ticket}`;
        const socket = new WebSocket(`${url.replace("http", "ws")}/ws/events?${query}`);
        await new Promise((opened) => socket.addEventListener("open", opened));
        ends.push(new Promise((closed) => socket.addEventListener("close", ({ code }) => closed(code))));
        const stream = await fetch(`${url}/api/v1/events`, { headers: { "x-api-key": apiKey } });
        expect(stream.status).toBe(200);
        ends.push(
          stream.text().then(
            () => "over",
            () => "over",
          ),
        );
      }
      expect((await command("revoke", keyId)).exitCode).toBe(0);
      expect(await Promise.all(ends)).toEqual([1008, "over", 1008, "over"]);
      for (const { url } of apis) {
        const late = await fetch(`${url}/api/v1/events?ticket=${unused?.ticket}`);
        expect(late.status).toBe(401);
        await late.body?.cancel();
      }
    },
    testMs,
  );

  test(
    "a ticket that was made at one API opens one stream at another, and only one of two that ask at once",
    async () => {
      const [one, two] = await Promise.all([fleet.api(), fleet.api()]);
      const { ticket } = await new Vidferry({ baseUrl: one.url }).tickets.create();
      const leave = new AbortController();
      const open = async (api: { readonly url: string }) =>
        (await fetch(`${api.url}/api/v1/events?ticket=${ticket}`, { signal: leave.signal })).status;
      expect((await Promise.all([open(two), open(one), open(two)])).sort()).toEqual([200, 401, 401]);
      leave.abort();
    },
    testMs,
  );
});
