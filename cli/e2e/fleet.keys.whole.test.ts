import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createApiKey } from "@vidferry/core";
import { postgresStore } from "@vidferry/core/postgres";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { Vidferry } from "@vidferry/sdk";
import { eventually } from "@vidferry/testing";
import { runCommand } from "./command.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";

const testMs = 180_000;

describe.skipIf(missingServers() !== undefined)(
  "keys, tickets and accounts over two APIs on postgres, redis and s3",
  () => {
    let servers: FleetServers;
    let fleet: Fleet;
    let apis: readonly [string, string];
    let admin: string;
    beforeAll(async () => {
      servers = await fleetServers();
      fleet = await startFleet(servers);
      const store = postgresStore({ url: servers.databaseUrl });
      const made = await createApiKey(
        { ids: createIdGenerator(), clock: systemClock },
        { name: "admin", owner: "ops", scopes: ["admin"] },
      );
      await store.keys.insert(made.key);
      await store.close();
      admin = made.secret;
      const env = { AUTH: "keys" };
      const [one, two] = await Promise.all([fleet.api({ env }), fleet.api({ env })]);
      apis = [one.url, two.url];
    }, testMs);
    afterAll(async () => {
      await fleet?.[Symbol.asyncDispose]();
      await servers?.[Symbol.asyncDispose]();
    });

    const call = (api: string | undefined, secret: string, method: string, path: string, body?: object) =>
      fetch(`${api}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const newKey = async (owner: string) => {
      const response = await call(apis[0], admin, "POST", "/keys", { name: owner, owner });
      return (await response.json()) as { id: string; secret: string };
    };
    const open = async (api: string | undefined, secret: string): Promise<Response> =>
      await call(api, secret, "GET", "/events");
    const submit = (api: string | undefined, secret: string) =>
      call(api, secret, "POST", "/downloads", { url: fleet.origin.url("big/1000.mp4") });

    test(
      "a key that is revoked at one ends its streams and sockets at the other within a second, and is refused there",
      async () => {
        const [one, two] = apis;
        const key = await newKey("ada");
        const { id } = (await (await submit(one, key.secret)).json()) as { id: string };
        const stream = await call(two, key.secret, "GET", `/downloads/${id}/events`);
        expect(stream.status).toBe(200);
        const streamEnd = stream.text().then(() => performance.now());
        const socket = new WebSocket(`${two?.replace("http", "ws")}/ws/progress/${id}`, [
          "vidferry",
          `bearer.${key.secret}`,
        ]);
        const socketEnd = new Promise<number>((resolve) =>
          socket.addEventListener("close", ({ code }) => resolve(code)),
        );
        await new Promise((resolve) => socket.addEventListener("open", resolve));

        expect((await call(one, admin, "DELETE", `/keys/${key.id}`)).status).toBe(204);
        await streamEnd;
        expect(await socketEnd).toBe(1008);
        expect((await call(two, key.secret, "GET", `/downloads/${id}`)).status).toBe(401);
      },
      testMs,
    );

    test(
      "streams and sockets of a key, and those of its tickets, end on every replica when an operator revokes the key",
      async () => {
        const { id, secret: apiKey } = await newKey("leaving");
        const clients = apis.map((baseUrl) => new Vidferry({ baseUrl, apiKey, maxRetries: 0 }));
        const tickets = await Promise.all(clients.map((client) => client.tickets.create()));
        const unused = await clients[0]?.tickets.create();

        const ends: Promise<unknown>[] = [];
        for (const [index, url] of apis.entries()) {
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
        const revoked = await runCommand(["keys", "revoke", id], { cwd: fleet.home, env: fleet.env });
        expect(revoked.exitCode).toBe(0);
        expect(await Promise.all(ends)).toEqual([1008, "over", 1008, "over"]);
        for (const url of apis) {
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
        const [one, two] = apis;
        const { secret: apiKey } = await newKey("zoe");
        const { ticket } = await new Vidferry({ baseUrl: one, apiKey }).tickets.create();
        const leave = new AbortController();
        const follow = async (api: string | undefined) =>
          (await fetch(`${api}/api/v1/events?ticket=${ticket}`, { signal: leave.signal })).status;
        expect((await Promise.all([follow(two), follow(one), follow(two)])).sort()).toEqual([200, 401, 401]);
        leave.abort();
      },
      testMs,
    );

    test(
      "two APIs together accept no more jobs of an owner than its account may have",
      async () => {
        const { secret } = await newKey("bob");
        await call(apis[0], admin, "PATCH", "/accounts/bob", { limits: { queuedJobs: 10, jobsPerDay: 10 } });
        const statuses = await Promise.all(
          Array.from({ length: 60 }, async (_, index) => (await submit(apis[index % 2], secret)).status),
        );
        expect(statuses.filter((status) => status === 202)).toHaveLength(10);
        expect(statuses.filter((status) => status === 429)).toHaveLength(50);
        const refused = await submit(apis[1], secret);
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
        expect(await refused.json()).toMatchObject({ code: "quota_exceeded", quota: { used: 10, allowed: 10 } });
        const quota = await (await call(apis[1], secret, "GET", "/quota")).json();
        expect(quota).toMatchObject({ usage: { queuedJobs: 10, jobsPerDay: 10 } });
      },
      testMs,
    );

    test(
      "two APIs together open no more streams of an owner than its account may have, and those of a killed one are free again",
      async () => {
        const { secret } = await newKey("eve");
        await call(apis[0], admin, "PATCH", "/accounts/eve", { limits: { streams: 4 } });
        const third = await fleet.api({ env: { AUTH: "keys" } });
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, index) => open(index % 2 === 0 ? apis[0] : third.url, secret)),
        );
        const [opened, refused] = [200, 429].map((code) => answers.filter(({ status }) => status === code));
        expect([opened?.length, refused?.length]).toEqual([4, 8]);
        expect(await refused?.[0]?.json()).toMatchObject({
          code: "quota_exceeded",
          quota: { limit: "streams", used: 4, allowed: 4 },
        });
        // All of them are the other's, and end with it.
        const ofFirst = answers.filter(({ url, bodyUsed }) => url.startsWith(apis[0] ?? "?") && !bodyUsed);
        await Promise.all(ofFirst.map(({ body }) => body?.cancel()));
        await eventually(async () => {
          const answer = await open(third.url, secret);
          if (answer.status === 200) answers.push(answer);
          else await answer.body?.cancel();
          return answer.status === 429 && answers.filter(({ status }) => status === 200).length > 4;
        });
        await third.end("SIGKILL");
        const again = await eventually(
          async () => {
            const answer = await open(apis[1], secret);
            if (answer.status === 200) return answer;
            await answer.body?.cancel();
            return false;
          },
          { timeoutMs: 60_000 },
        );
        await again.body?.cancel();
      },
      testMs,
    );
  },
);
