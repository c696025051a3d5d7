import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobResource } from "@vidferry/core";
import { ffprobe } from "./ffprobe.ts";
import { follow } from "./follow.ts";
import { filesBelow, type Scene, setScene } from "./scene.ts";
import { nothingIsLeft, type Service, startService } from "./service.ts";

const limitMs = 120_000;
let scene: Scene;
let service: Service;
beforeAll(async () => {
  const steady = { id: "steadyVid01", title: "Steady arrival", itags: [136, 140] };
  scene = await setScene({ catalogue: { videos: [{ ...steady, mediaFaults: { bytesPerSecond: 200_000 } }] } });
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

const fileUrl = (job: JobResource, index = 0) => `${service.url}${job.artifacts[index]?.url}`;

describe("a link posted over HTTP", () => {
  let job: JobResource;

  test(
    "is followed through a dropped connection without missing or repeating an event",
    async () => {
      const accepted = await service.post("/downloads", { url: scene.youtube.url("steadyVid01") });
      expect(accepted.status).toBe(202);
      const { id, state } = (await accepted.json()) as JobResource;
      expect(["queued", "running"]).toContain(state);
      expect(accepted.headers.get("location")).toBe(`/api/v1/downloads/${id}`);

      const events = `${service.url}/api/v1/downloads/${id}/events`;
      const uninterrupted = follow(events);
      const before = await follow(events, { stopAfter: 4 });
      const after = await follow(events, { lastEventId: before.at(-1)?.id ?? "" });
      const whole = await uninterrupted;
      const logged = await follow(events, { lastEventId: whole[0]?.id ?? "" });

      // A reader that is briefly slow may miss progress, never a `job` event; nobody gets an event twice or out of order.
      const order = new Map([whole[0], ...logged].map((event, index) => [event?.id, index]));
      for (const seen of [whole, [...before, ...after]]) {
        const places = seen.map((event) => order.get(event.id) ?? -1);
        expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
        expect(places[0]).toBeGreaterThanOrEqual(0);
        const jobs = seen.slice(1).filter(({ event }) => event === "job");
        expect(jobs).toEqual(logged.filter(({ id, event }) => event === "job" && order.get(id)! > places[0]!));
        expect(seen.filter(({ event }) => event === "progress").length).toBeGreaterThan(3);
      }
      expect([before[0]?.event, after.at(-1)?.event]).toEqual(["job", "job"]);
      const last = JSON.parse(whole.at(-1)?.data ?? "") as JobResource;
      expect(last).toMatchObject({ id, state: "succeeded" });
      const percents = whole.map(
        ({ event, data }) => (event === "job" ? JSON.parse(data).progress : JSON.parse(data).progress).percent ?? 0,
      );
      expect(percents).toEqual([...percents].sort((one, other) => one - other));
      job = last;
    },
    limitMs,
  );

  test(
    "becomes a file that is what the job says of it",
    async () => {
      expect(job.artifacts.length).toBe(1);
      const [artifact] = job.artifacts;
      const response = await fetch(fileUrl(job));
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(response.headers.get("content-type")).toBe("video/mp4");
      expect(response.headers.get("content-disposition")).toContain('filename="Steady arrival.mp4"');
      expect(bytes.byteLength).toBe(artifact?.bytes ?? 0);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(artifact?.sha256 ?? "");

      const path = join(scene.home, "fetched.mp4");
      await writeFile(path, bytes);
      const { video, audio, seconds } = await ffprobe(path);
      expect(artifact).toMatchObject({
        kind: "video",
        videoCodec: video?.codec_name,
        audioCodec: audio?.codec_name,
        width: video?.width,
        height: video?.height,
      });
      expect(artifact?.durationSeconds).toBeCloseTo(seconds, 1);
      expect(video).toMatchObject({ codec_name: "h264", width: 1280, height: 720 });

      const ranges = { "bytes=0-9": bytes.slice(0, 10), "bytes=100-": bytes.slice(100), "bytes=-7": bytes.slice(-7) };
      for (const [range, part] of Object.entries(ranges)) {
        const answer = await fetch(fileUrl(job), { headers: { range } });
        expect([range, answer.status]).toEqual([range, 206]);
        expect(new Uint8Array(await answer.arrayBuffer())).toEqual(part);
      }
      expect((await fetch(fileUrl(job), { headers: { range: `bytes=${bytes.length}-` } })).status).toBe(416);
    },
    limitMs,
  );

  test(
    "leaves nothing behind but its results",
    async () => {
      await nothingIsLeft(scene);
      expect(await filesBelow(`${scene.home}/data/files/jobs`)).toEqual([expect.stringMatching(/^job_.*\.mp4$/)]);
    },
    limitMs,
  );
});
