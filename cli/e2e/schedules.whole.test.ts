import { Database as SqliteFile } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { BatchResource, JobResource, ScheduleResource } from "@vidferry/core";
import { eventually, type SampleVideo } from "@vidferry/testing";
import { processesIn } from "./processes.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const limitMs = 600_000;
const small = (id: string): SampleVideo => ({ id, title: `Title ${id}`, itags: [18], challenge: "none" });
const channel = {
  ...{ id: `UC${"s".repeat(22)}`, handle: "@scheduled", title: "A channel that goes on" },
  ...{ videos: ["schedVid002", "schedVid001"], shorts: ["schedShort1"], streams: ["schedStrm01"] },
};
const all = [...channel.videos, ...channel.shorts, ...channel.streams, "schedVid003"];

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({ catalogue: { videos: all.map(small), channels: [channel] } });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

const read = async <T>(service: Service, path: string): Promise<T> =>
  (await (await fetch(`${service.url}/api/v1${path}`)).json()) as T;
const create = async (service: Service, body: object): Promise<ScheduleResource> => {
  const response = await service.post("/schedules", body);
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as ScheduleResource;
};
const jobsOf = async (service: Service, { id }: ScheduleResource): Promise<JobResource[]> =>
  (await read<{ data: JobResource[] }>(service, `/downloads?scheduleId=${id}&limit=100`)).data;

/** Runs a schedule and waits until its batch is over; what its result says then. */
async function run(service: Service, { id }: ScheduleResource): Promise<ScheduleResource["lastResult"]> {
  const ran = (await (await service.post(`/schedules/${id}/run`)).json()) as ScheduleResource;
  const { batchId } = ran.lastResult ?? {};
  await eventually(async () => (await read<BatchResource>(service, `/batches/${batchId}`)).state === "finished", {
    timeoutMs: 200_000,
    message: "the end of the batch of a schedule",
  });
  return (await read<ScheduleResource>(service, `/schedules/${id}`)).lastResult;
}

test(
  "a schedule of a channel takes what is there, and then only what is new; of shorts and streams by choice",
  async () => {
    await using service = await startService(scene);
    const follow = (name: string, tab: string) => {
      const url = `https://www.youtube.com/${channel.handle}${tab}`;
      return create(service, { name, cron: "0 0 1 1 *", batch: { source: { url }, request: {} } });
    };
    const [videos, shorts, streams] = [
      await follow("videos", ""),
      await follow("shorts", "/shorts"),
      await follow("streams", "/streams"),
    ];
    expect(await run(service, videos)).toMatchObject({ new: 2, error: null });
    scene.youtube.catalogue.channels.set(channel.id, { ...channel, videos: ["schedVid003", ...channel.videos] });
    expect(await run(service, videos)).toMatchObject({ new: 1, error: null });
    expect(await run(service, videos)).toMatchObject({ new: 0, error: null });
    const taken = await jobsOf(service, videos);
    expect(taken.map(({ state }) => state)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(taken.map(({ media }) => media?.id)).toEqual(["schedVid003", "schedVid001", "schedVid002"]);
    const chosen = [
      { schedule: shorts, id: "schedShort1" },
      { schedule: streams, id: "schedStrm01" },
    ];
    for (const { schedule, id } of chosen) {
      expect(await run(service, schedule)).toMatchObject({ new: 1 });
      expect((await jobsOf(service, schedule)).map(({ media }) => media?.id)).toEqual([id]);
    }
    const feed = (await (await service.post(`/schedules/${videos.id}/feed`)).json()) as { url: string };
    const text = await (await fetch(feed.url)).text();
    expect(text.match(/<enclosure /g)).toHaveLength(3);
    const [, file = ""] = /<enclosure url="([^"]+)"/.exec(text) ?? [];
    expect((await fetch(file.replaceAll("&amp;", "&"))).headers.get("content-type")).toStartWith("video/mp4");
  },
  limitMs,
);

test(
  "of many schedules that are due at once each runs exactly once, although the service is killed amid them",
  async () => {
    const env = { LEASE_SECONDS: "2" };
    const made = await startService(scene, env);
    const runAt = new Date(Date.now() + 3_600_000).toISOString();
    // A video that is not there: what matters is that there is one job.
    const download = { url: scene.youtube.url("missing0001"), maxAttempts: 1 };
    const schedules = await Promise.all(
      Array.from({ length: 40 }, (_, index) => create(made, { name: `once ${index}`, runAt, download })),
    );
    await made.end("SIGTERM");
    // While nothing runs, so that all come due at the same moment, however long it took to make them.
    const file = new SqliteFile(join(scene.home, "data/vidferry.db"));
    file.run("update schedules set next_run_at = ?1, run_at = ?1 where name like 'once %'", [Date.now()]);
    file.close();
    const killed = await startService(scene, env);
    const states = async (service: Service) =>
      await Promise.all(schedules.map(({ id }) => read<ScheduleResource>(service, `/schedules/${id}`)));
    await eventually(async () => (await states(killed)).some(({ state }) => state === "finished"), {
      ...{ timeoutMs: 60_000, intervalMs: 10, message: "the first run" },
    });
    expect(await killed.end("SIGKILL")).toBeNull();
    await eventually(() => processesIn(scene.home).length === 0, { message: "the end of every child" });
    await using service = await startService(scene, env);
    await eventually(async () => (await states(service)).every(({ state }) => state === "finished"), {
      ...{ timeoutMs: 200_000, message: "every run" },
    });
    for (const schedule of schedules) expect(await jobsOf(service, schedule)).toHaveLength(1);
  },
  limitMs,
);
