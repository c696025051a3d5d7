import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { BatchResource, JobResource } from "@vidferry/core";
import { eventually, fewUnlessWhole, isWhole, onlyWhole, type SampleVideo } from "@vidferry/testing";
import { follow } from "./follow.ts";
import { processesIn } from "./processes.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const testWhole = onlyWhole(test);

const limitMs = 180_000;
const small = (id: string, title: string, changes: Partial<SampleVideo> = {}): SampleVideo => ({
  ...{ id, title, itags: [18], challenge: "none" },
  ...changes,
});
const manyIds = Array.from({ length: isWhole ? 330 : 230 }, (_, index) => `many${String(index).padStart(7, "0")}`);
const later = "2998-01-01T00:00:00Z";
const movedIds = manyIds.slice(0, 120);
const newIds = ["newcomer001", "newcomer002"];

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({
    catalogue: {
      videos: [
        ...manyIds.map((id, index) => small(id, `Many ${index}`)),
        small("batchVid001", "The same title"),
        small("batchVid002", "The same title"),
        small("batchVid003", "[Private video]"),
      ],
      playlists: [
        { id: "PLbatchMany00001", title: "Many videos", videoIds: manyIds },
        {
          id: "PLbatchSome00001",
          title: "Some videos",
          videoIds: ["batchVid001", "removedVid1", "batchVid003", "batchVid002"],
        },
        { id: "PLbatchEmpty0001", title: "No videos", videoIds: [] },
        { id: "PLbatchPrivate01", title: "", videoIds: [], alert: "This playlist is private." },
        {
          id: "PLbatchLong00001",
          title: "Too many videos",
          videoIds: Array.from({ length: 5_001 }, (_, index) => `long${String(index).padStart(7, "0")}`),
        },
        {
          id: "PLbatchAgain0001",
          title: "The same videos for ever",
          videoIds: Array.from({ length: 1_500 }, (_, index) => manyIds[index % 30] ?? ""),
        },
        // After the first page it has two more at its beginning, and one of its end is gone.
        {
          id: "PLbatchMoves0001",
          title: "Videos that move",
          videoIds: movedIds,
          laterVideoIds: [...newIds, ...movedIds.slice(0, -1)],
        },
      ],
    },
  });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

const start = async (service: Service, body: object): Promise<BatchResource> => {
  const response = await service.post("/batches", body);
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as BatchResource;
};
const read = async <T>(service: Service, path: string): Promise<T> =>
  (await (await fetch(`${service.url}/api/v1${path}`)).json()) as T;

/** All jobs of a batch, in the order in which they were made. */
async function childrenOf(service: Service, id: string): Promise<JobResource[]> {
  const jobs: JobResource[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    type Page = { data: JobResource[]; nextCursor: string | null };
    const page: Page = await read(service, `/downloads?batchId=${id}&limit=100${cursor && `&cursor=${cursor}`}`);
    jobs.push(...page.data);
    cursor = page.nextCursor;
  }
  return jobs.reverse();
}

describe("a playlist as a batch", () => {
  testWhole(
    "has exactly one job for each entry, although the service is killed again and again while it reads",
    async () => {
      const env = { LEASE_SECONDS: "2" };
      let service = await startService(scene, env);
      const source = { url: scene.youtube.playlistUrl("PLbatchMany00001") };
      const { id } = await start(service, { source, request: { scheduledFor: later } });
      const reached: number[] = [];
      for (const least of fewUnlessWhole([0, 1, 100], (jobs) => jobs === 100)) {
        await eventually(async () => (await read<BatchResource>(service, `/batches/${id}`)).counts.scheduled >= least, {
          timeoutMs: 60_000,
          message: `${least} jobs of the batch`,
        });
        reached.push((await childrenOf(service, id)).length);
        await service.end("SIGKILL");
        await eventually(() => processesIn(scene.home).length === 0, { message: "the end of every child" });
        service = await startService(scene, env);
      }
      const whole = await eventually(
        async () => {
          const batch = await read<BatchResource>(service, `/batches/${id}`);
          return batch.state === "running" ? batch : null;
        },
        { timeoutMs: 90_000, message: "the end of the expansion" },
      );
      expect(whole).toMatchObject({
        title: "Many videos",
        counts: { total: manyIds.length, scheduled: manyIds.length },
      });
      const urls = (await childrenOf(service, id)).map(({ request }) => request.url);
      expect(urls).toEqual(manyIds.map((video) => scene.youtube.url(video)));
      expect((await service.post(`/batches/${id}/cancel`)).status).toBe(200);
      expect((await read<BatchResource>(service, `/batches/${id}`)).counts.canceled).toBe(manyIds.length);
      await service[Symbol.asyncDispose]();
    },
    limitMs,
  );

  test(
    "ends when all its jobs have, whatever became of them; its results come as one archive, with what was skipped told",
    async () => {
      await using service = await startService(scene);
      const source = { url: scene.youtube.playlistUrl("PLbatchSome00001") };
      const { id } = await start(service, { source, request: { maxAttempts: 1 } });
      const events = await follow(`${service.url}/api/v1/batches/${id}/events`);
      const last = JSON.parse(events.at(-1)?.data ?? "{}") as BatchResource;
      expect(events[0]?.event).toBe("batch");
      expect(new Set(events.map(({ event }) => event))).toEqual(new Set(["batch", "job"]));
      expect(last).toMatchObject({
        ...{ id, state: "finished", title: "Some videos", progress: { percent: 100 } },
        counts: { total: 4, succeeded: 2, failed: 1, skipped: 1 },
      });
      const skipped = await read<object>(service, `/batches/${id}/skipped`);
      expect(skipped).toMatchObject({ data: [{ title: "[Private video]", code: "video_private" }], nextCursor: null });
      const archive = await fetch(`${service.url}/api/v1/batches/${id}/archive`);
      const bytes = new Uint8Array(await archive.arrayBuffer());
      expect(bytes.byteLength).toBe(Number(archive.headers.get("content-length")));
      expect(new TextDecoder("latin1").decode(bytes)).toContain("The same title (2).mp4");
      const again = (await (await service.post(`/batches/${id}/retry`)).json()) as BatchResource;
      expect(again.state).toBe("running");
      await eventually(async () => (await read<BatchResource>(service, `/batches/${id}`)).state === "finished", {
        timeoutMs: 60_000,
      });
      expect((await fetch(`${service.url}/api/v1/batches/${id}`, { method: "DELETE" })).status).toBe(204);
      expect(await childrenOf(service, id)).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "that is empty, private or too long fails with its code and makes no job; one that repeats itself is over, one that moves is read whole",
    async () => {
      await using service = await startService(scene);
      // All at once: mostly they wait for yt-dlp.
      // The limit of entries is tried beside the sources as well, and takes yt-dlp fifty pages here.
      const names = fewUnlessWhole(
        ["Empty0001", "Private01", "Long00001", "Again0001", "Moves0001"],
        (name) => name !== "Long00001" && name !== "Again0001",
      );
      const ids = new Map<string, string>();
      for (const name of names) {
        const source = { url: scene.youtube.playlistUrl(`PLbatch${name}`) };
        ids.set(name, (await start(service, { source, request: { scheduledFor: later } })).id);
      }
      const expanded = (name: string): Promise<BatchResource> =>
        eventually(
          async () => {
            const batch = await read<BatchResource>(service, `/batches/${ids.get(name)}`);
            return batch.state === "expanding" ? null : batch;
          },
          { timeoutMs: 150_000, message: `the end of the expansion of ${name}` },
        );
      const codes = { Empty0001: "playlist_empty", Private01: "video_private", Long00001: "playlist_too_long" };
      for (const [name, code] of Object.entries(codes)) {
        if (!ids.has(name)) continue;
        expect([name, await expanded(name)]).toEqual([
          name,
          expect.objectContaining({
            error: expect.objectContaining({ code }),
            counts: expect.objectContaining({ total: 0 }),
          }),
        ]);
      }
      if (ids.has("Again0001"))
        expect(await expanded("Again0001")).toMatchObject({ error: null, counts: { total: 30 } });
      const moved = await expanded("Moves0001");
      expect(moved.error).toBeNull();
      const links = (await childrenOf(service, moved.id)).map(({ request }) => request.url);
      expect(links.filter((url) => !newIds.some((id) => url.endsWith(id)))).toEqual(
        movedIds.slice(0, -1).map((id) => scene.youtube.url(id)),
      );
    },
    limitMs,
  );
});
