import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { BatchResource, JobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { missingService } from "@vidferry/testing/services";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import type { RoleProcess } from "./fleet/role-process.ts";
import { type FleetServers, serversWithoutRedis } from "./fleet/servers.ts";

const testMs = 600_000;
const missing = missingService("postgres") ?? missingService("s3");
const ids = Array.from({ length: 330 }, (_, index) => `fleet${String(index).padStart(6, "0")}`);

describe.skipIf(missing !== undefined)("batches on hosts that share PostgreSQL and S3", () => {
  let servers: FleetServers;
  let fleet: Fleet;
  let api: RoleProcess;
  beforeAll(async () => {
    servers = await serversWithoutRedis();
    const videos = ids.map((id) => ({ id, title: "The same title", itags: [18], challenge: "none" as const }));
    const playlists = [{ id: "PLfleetMany00001", title: "Many videos", videoIds: ids }];
    fleet = await startFleet({
      ...servers,
      env: { LEASE_SECONDS: "2", DRAIN_SECONDS: "0", LOG_LEVEL: "warn" },
      youtube: { catalogue: { videos, playlists } },
    });
    api = await fleet.api();
  }, testMs);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  });

  const read = async <T>(path: string): Promise<T> => (await (await fetch(`${api.url}/api/v1${path}`)).json()) as T;
  const start = async (body: object): Promise<BatchResource> => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${api.url}/api/v1/batches`, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as BatchResource;
  };
  const childrenOf = async (id: string): Promise<JobResource[]> => {
    const jobs: JobResource[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      type Page = { data: JobResource[]; nextCursor: string | null };
      const page: Page = await read(`/downloads?batchId=${id}&limit=100${cursor && `&cursor=${cursor}`}`);
      jobs.push(...page.data);
      cursor = page.nextCursor;
    }
    return jobs.reverse();
  };

  test(
    "have exactly one job for each entry, although two hosts expand them at once and each is killed once",
    async () => {
      const workers = new Map(
        await Promise.all(["one", "two"].map(async (name) => [name, await fleet.worker(name)] as const)),
      );
      const source = { url: fleet.youtube.playlistUrl("PLfleetMany00001") };
      const request = { scheduledFor: "2998-01-01T00:00:00Z" };
      const batches = await Promise.all([1, 2, 3].map(() => start({ source, request })));
      const scheduled = async (): Promise<number> => {
        const now = await Promise.all(batches.map(({ id }) => read<BatchResource>(`/batches/${id}`)));
        return now.reduce((sum, { counts }) => sum + counts.scheduled, 0);
      };
      for (const [name, least] of [
        ["one", 1],
        ["two", 101],
      ] as const) {
        await eventually(async () => (await scheduled()) >= least, {
          ...{ timeoutMs: 200_000, message: `${least} jobs of batches` },
        });
        await workers.get(name)?.end("SIGKILL");
        workers.set(name, await fleet.worker(name));
      }
      for (const { id } of batches) {
        await eventually(async () => (await read<BatchResource>(`/batches/${id}`)).state === "running", {
          ...{ timeoutMs: 200_000, message: "the end of an expansion" },
        });
        expect((await childrenOf(id)).map(({ request: { url } }) => url)).toEqual(
          ids.map((video) => fleet.youtube.url(video)),
        );
      }
      for (const { id } of batches) await fetch(`${api.url}/api/v1/batches/${id}/cancel`, { method: "POST" });
    },
    testMs,
  );
});
