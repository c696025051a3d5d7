import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, type LiveBroadcast, startLiveBroadcast, timelineFaults } from "@vidferry/testing";
import { processesIn } from "./processes.ts";
import { type Scene, setScene } from "./scene.ts";
import { nothingIsLeft, type Service, startService } from "./service.ts";

// Whole processes, and a stream that goes on whether they live or not. Each test begins with a stream of six segments of a second, of
// which a recording takes the last three.
const limitMs = 300_000;
let scene: Scene;
beforeAll(async () => {
  // What clients see of the progress is as old as the last heartbeat.
  scene = await setScene({ env: { ALLOW_LIVE: "on", LEASE_SECONDS: "10" } });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

let streams = 0;
async function onAir(): Promise<{ readonly broadcast: LiveBroadcast; readonly url: string }> {
  const broadcast = await startLiveBroadcast();
  streams += 1;
  const id = `onAirNow00${streams}`;
  scene.youtube.addVideo({ id, live: "now", startsAt: Math.floor(Date.now() / 1000) - 60, broadcast });
  return { broadcast, url: scene.youtube.url(id) };
}

const recorded = (service: Service, id: string, seconds: number) =>
  service.until(id, ({ progress }) => (progress.recordedSeconds ?? 0) >= seconds, `${seconds} recorded seconds`);

/** What is wrong with the result. */
async function faultsOf(service: Service, id: string, kept: readonly (readonly [number, number])[]): Promise<string[]> {
  const { artifacts } = await service.job(id);
  const path = join(scene.home, `${id}.mp4`);
  await writeFile(path, new Uint8Array(await (await fetch(service.url + artifacts[0]?.url)).arrayBuffer()));
  return await timelineFaults(
    path,
    kept.map(([startSeconds, endSeconds]) => ({ startSeconds, endSeconds })),
  );
}

const ends = ["its owner finishes it", "its service is told to stop"] as const;

describe("a recording of a live stream", () => {
  test.each(ends)(
    "goes on after its process was killed, and is kept as far as it is when %s",
    async (end) => {
      const { broadcast, url } = await onAir();
      const killed = await startService(scene);
      const { id } = await killed.submit({ url });
      await recorded(killed, id, 3);
      expect(await killed.end("SIGKILL")).toBeNull();
      await eventually(() => processesIn(scene.home).length === 0, { message: "the end of every child" });
      // Of these the playlist still names six: two are missed.
      broadcast.publish(8);

      let service = await startService(scene);
      try {
        await recorded(service, id, 9);
        if (end === "its owner finishes it") {
          const answer = await service.post(`/downloads/${id}/finish`);
          expect([answer.status, (await answer.json()).state]).toEqual([200, "running"]);
        } else {
          expect(await service.end("SIGTERM")).toBe(0);
          service = await startService(scene);
        }
        const done = await service.finished(id);
        expect(done).toMatchObject({ state: "succeeded", error: null });
        const early = end === "its owner finishes it" ? [] : ["live_ended_early"];
        expect(done.warnings.map(({ code }) => code).sort()).toEqual([...early, "live_gaps"]);
        expect(
          await faultsOf(service, id, [
            [3, 6],
            [8, 14],
          ]),
        ).toEqual([]);
        expect((await service.post(`/downloads/${id}/finish`)).status).toBe(409);
        await nothingIsLeft(scene);
      } finally {
        await service[Symbol.asyncDispose]();
      }
    },
    limitMs,
  );
});
