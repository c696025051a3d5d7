import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, onlyWhole, type SampleVideo } from "@vidferry/testing";
import { ffprobe } from "./ffprobe.ts";
import { bytesAskedFor, keptBytes } from "./kept-bytes.ts";
import { processesIn } from "./processes.ts";
import { filesBelow, type Scene, setScene } from "./scene.ts";
import { jobProcesses, nothingIsLeft, type Service, startService } from "./service.ts";

const testWhole = onlyWhole(test);

const limitMs = 120_000;
const mebibyte = 1_048_576;

/** Videos of one file that take a few seconds to arrive. */
const steady = (id: string): SampleVideo => ({
  id,
  title: `Steady ${id}`,
  itags: [18],
  mediaBytes: 8 * mebibyte,
  mediaFaults: { bytesPerSecond: 2 * mebibyte },
});

let scene: Scene;
/** The one that runs; tests that end it start the next. */
let service: Service;
beforeAll(async () => {
  scene = await setScene({
    catalogue: { videos: ["steadyVid01", "steadyVid02", "steadyVid03"].map(steady) },
    env: { DRAIN_SECONDS: "0" },
  });
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

/** Posts a link and waits until so many bytes of it have come. */
async function underWay(videoId: string, bytes: number): Promise<string> {
  const { id } = await service.submit({ url: scene.youtube.url(videoId) });
  const sent = () => scene.mediaRequests(videoId).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  await eventually(() => sent() > bytes, { timeoutMs: 60_000, message: `bytes of ${videoId}` });
  return id;
}

const keptOf = (jobId: string) => keptBytes(join(scene.home, "data/work/jobs", jobId));
const askedFor = (videoId: string, after: number) => bytesAskedFor(scene, videoId, after);

async function resultIsWhole(jobId: string, bytes: number): Promise<void> {
  const job = await service.finished(jobId);
  expect(job).toMatchObject({ state: "succeeded", error: null });
  expect(job.artifacts).toEqual([expect.objectContaining({ kind: "video", bytes })]);
  const path = join(scene.home, "result.mp4");
  await writeFile(path, new Uint8Array(await (await fetch(service.url + job.artifacts[0]?.url)).arrayBuffer()));
  expect((await ffprobe(path)).streams.map(({ codec_name }) => codec_name)).toEqual(["h264", "aac"]);
}

describe("a service that is killed in the middle of a download", () => {
  test(
    "takes its children with it, and finishes the job after its next start without fetching again what is there",
    async () => {
      const id = await underWay("bigSlowVid1", 4 * mebibyte);
      await eventually(async () => (await keptOf(id)) > 4 * mebibyte, { message: "bytes on the disk" });
      expect(await service.end("SIGKILL")).toBeNull();
      await eventually(() => processesIn(scene.home).length === 0, { message: "the end of every child" });
      // Nor do its children leave anything where temporary files go.
      await eventually(async () => (await readdir(scene.home)).join() === "data", { message: "an empty folder" });
      const kept = await keptOf(id);
      expect(kept).toBeGreaterThan(4 * mebibyte);
      const before = scene.mediaRequests("bigSlowVid1").length;

      service = await startService(scene);
      await resultIsWhole(id, 30 * mebibyte);
      expect(askedFor("bigSlowVid1", before)).toBe(30 * mebibyte - kept);
      await nothingIsLeft(scene);
      expect((await filesBelow(`${scene.home}/data/files/jobs`)).length).toBe(1);
    },
    limitMs,
  );
});

describe("a service that is told to stop", () => {
  testWhole(
    "hands back what does not finish within the grace, and goes on with it after its next start",
    async () => {
      const id = await underWay("steadyVid01", 3 * mebibyte);
      expect(await service.end("SIGTERM")).toBe(0);
      await eventually(() => processesIn(scene.home).length === 0, { message: "the end of every process" });
      const kept = await keptOf(id);
      const before = scene.mediaRequests("steadyVid01").length;

      service = await startService(scene);
      await resultIsWhole(id, 8 * mebibyte);
      expect(askedFor("steadyVid01", before)).toBe(8 * mebibyte - kept);
      await nothingIsLeft(scene);
    },
    limitMs,
  );
});

describe("a running job", () => {
  test(
    "that is canceled stops at once, with every process it started, and leaves nothing",
    async () => {
      const id = await underWay("steadyVid02", mebibyte);
      const stored = await filesBelow(`${scene.home}/data/files/jobs`);
      const answer = await service.post(`/downloads/${id}/cancel`);
      expect([answer.status, (await answer.json()).state]).toEqual([200, "canceled"]);
      await nothingIsLeft(scene);
      expect(await service.job(id)).toMatchObject({ state: "canceled", artifacts: [] });
      expect(await filesBelow(`${scene.home}/data/files/jobs`)).toEqual(stored);
      expect((await service.post(`/downloads/${id}/cancel`)).status).toBe(409);
    },
    limitMs,
  );

  testWhole(
    "that is paused keeps what it has, and goes on there when it is resumed",
    async () => {
      const id = await underWay("steadyVid03", 3 * mebibyte);
      expect((await service.post(`/downloads/${id}/pause`)).status).toBe(200);
      await eventually(() => jobProcesses(scene).length === 0, { message: "the end of every child" });
      expect((await service.job(id)).state).toBe("paused");
      // Bytes that arrived while it was being stopped are kept, too.
      await eventually(async () => (await keptOf(id)) > 0, { message: "bytes on the disk" });
      const kept = await keptOf(id);
      const before = scene.mediaRequests("steadyVid03").length;

      expect((await service.post(`/downloads/${id}/resume`)).status).toBe(200);
      await resultIsWhole(id, 8 * mebibyte);
      expect(askedFor("steadyVid03", before)).toBeLessThanOrEqual(8 * mebibyte - kept);
      await nothingIsLeft(scene);
    },
    limitMs,
  );
});
