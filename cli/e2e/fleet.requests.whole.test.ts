import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import type { RoleProcess } from "./fleet/role-process.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";

const testMs = 180_000;

/** What these tests read of an answer of `POST /downloads/bulk`. */
interface BulkAnswer {
  readonly done: number;
  readonly failed: number;
}

describe.skipIf(missingServers() !== undefined)(
  "requests that are repeated, over two APIs on postgres, redis and s3",
  () => {
    let servers: FleetServers;
    let fleet: Fleet;
    let apis: readonly [RoleProcess, RoleProcess];
    beforeAll(async () => {
      servers = await fleetServers();
      fleet = await startFleet(servers);
      apis = await Promise.all([fleet.api(), fleet.api()]);
    }, testMs);
    afterAll(async () => {
      await fleet?.[Symbol.asyncDispose]();
      await servers?.[Symbol.asyncDispose]();
    });

    const post = (api: RoleProcess, path: string, body: object, headers: Record<string, string> = {}) =>
      fetch(`${api.url}/api/v1${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    const link = () => fleet.origin.url("landscape/18.mp4");
    /** Jobs that nobody runs yet. */
    const waiting = (count: number, label: string): Promise<string[]> =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const body = { url: link(), scheduledFor: "2099-01-01T00:00:00Z", labels: { test: label } };
          return ((await (await post(apis[0], "/downloads", body)).json()) as { id: string }).id;
        }),
      );
    const once = (key: string) => ({ "idempotency-key": key });
    const either = (index: number): RoleProcess => apis[index % 2 === 0 ? 0 : 1];

    test(
      "a change of many jobs with one key is made once, and all are answered alike",
      async () => {
        const ids = await waiting(20, "race");
        const answers = await Promise.all(
          Array.from({ length: 12 }, async (_, index) => {
            const answer = await post(either(index), "/downloads/bulk", { action: "pause", ids }, once("one-bulk"));
            return {
              status: answer.status,
              text: await answer.text(),
              isRepeated: answer.headers.has("idempotent-replayed"),
            };
          }),
        );
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
        expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
        expect(answers.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1);
        expect(JSON.parse(answers[0]?.text ?? "")).toMatchObject({ done: 20, failed: 0 });
      },
      testMs,
    );

    test(
      "a download with one key is made once",
      async () => {
        const body = { url: link(), scheduledFor: "2099-01-01T00:00:00Z", labels: { test: "create" } };
        const answers = await Promise.all(
          Array.from({ length: 20 }, async (_, index) => {
            const answer = await post(either(index), "/downloads", body, once("one-create"));
            return [answer.status, ((await answer.json()) as { id: string }).id];
          }),
        );
        expect(new Set(answers.map(String)).size).toBe(1);
        const counted = await fetch(`${apis[0].url}/api/v1/downloads/counts?label.test=create`);
        expect(await counted.json()).toMatchObject({ total: 1, exact: true });
      },
      testMs,
    );

    test(
      "what an API that was killed had begun is done whole or not at all, so that a repetition elsewhere completes it",
      async () => {
        const killed = await fleet.api();
        const groups = await Promise.all(Array.from({ length: 30 }, (_, index) => waiting(3, `kill-${index}`)));
        const change = (api: RoleProcess, index: number) =>
          post(api, "/downloads/bulk", { action: "cancel", ids: groups[index] }, once(`kill-bulk-${index}`));
        const make = (api: RoleProcess, index: number) =>
          post(
            api,
            "/downloads",
            { url: link(), labels: { test: "killed" }, scheduledFor: "2099-01-01T00:00:00Z" },
            {
              ...once(`kill-create-${index}`),
            },
          );
        const begun = groups.flatMap((_, index) => [change(killed, index), make(killed, index)]);
        await Promise.race(begun);
        await killed.end("SIGKILL");
        await Promise.allSettled(begun);

        const changes = await Promise.all(groups.map(async (_, index) => (await change(either(index), index)).json()));
        // One that had been half done would be refused now: a cancelled job cannot be cancelled.
        expect((changes as BulkAnswer[]).map(({ done, failed }) => [done, failed])).toEqual(groups.map(() => [3, 0]));
        const made = await Promise.all(groups.map((_, index) => make(either(index), index)));
        expect(made.map(({ status }) => status)).toEqual(groups.map(() => 202));
        const counted = await fetch(`${apis[1].url}/api/v1/downloads/counts?label.test=killed`);
        expect(await counted.json()).toMatchObject({ total: groups.length, exact: true });
      },
      testMs,
    );
  },
);
