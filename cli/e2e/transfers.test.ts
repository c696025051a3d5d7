import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { eventually, fewUnlessWhole, onlyWhole } from "@vidferry/testing";
import { missingService, useService } from "@vidferry/testing/services";
import { makeBucket } from "./fleet/servers.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

const testWhole = onlyWhole(test);

const limitMs = 120_000;
const bytes = 30 * 1_048_576;
let scene: Scene;
beforeAll(async () => {
  const video = { id: "largeFile01", title: "Large", itags: [18], mediaBytes: bytes, challenge: "none" as const };
  scene = await setScene({ catalogue: { videos: [video] } });
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

/** `curl` as a client that knows no chunks and tells a cut file only by its length. */
function curl(url: string, path: string, bytesPerSecond: number) {
  const args = ["-sN", "--http1.0", "--limit-rate", String(bytesPerSecond), "-o", path, url];
  const child = spawn("curl", args, { stdio: "ignore" });
  const size = async () => (await stat(path).catch(() => ({ size: 0 }))).size;
  return { ended: once(child, "exit").then(([code]) => Number(code)), size };
}

const suites: [string, () => Promise<Record<string, string>>, string][] = [
  ["the local disk", async () => ({}), ""],
  [
    "s3",
    async () => ({
      STORAGE_URL: await useService("s3").then(makeBucket),
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    }),
    "?proxy=1",
  ],
];

for (const [name, environment, query] of fewUnlessWhole(suites, ([name]) => name !== "s3")) {
  describe.skipIf(name === "s3" && missingService("s3") !== undefined)(`a transfer from ${name}`, () => {
    async function withFile(drainSeconds: number): Promise<{ service: Service; url: string }> {
      const service = await startService(scene, { ...(await environment()), DRAIN_SECONDS: String(drainSeconds) });
      const job = await service.run({ url: scene.youtube.url("largeFile01") });
      expect(job.state).toBe("succeeded");
      return { service, url: `${service.url}${job.artifacts[0]?.url}${query}` };
    }

    testWhole(
      "is finished when the service is told to stop, and the service ends with it",
      async () => {
        const { service, url } = await withFile(100);
        await using _ = service;
        const path = join(scene.home, `whole-${name === "s3"}.mp4`);
        const client = curl(url, path, bytes / 4);
        await eventually(async () => (await client.size()) > 0);
        const ended = service.end("SIGTERM");
        expect(await client.ended).toBe(0);
        expect(await client.size()).toBe(bytes);
        expect(await ended).toBe(0);
      },
      limitMs,
    );

    test(
      "is cut off after DRAIN_SECONDS, and a client of HTTP/1.0 notices",
      async () => {
        const { service, url } = await withFile(1);
        await using _ = service;
        const path = join(scene.home, `cut-${name === "s3"}.mp4`);
        const client = curl(url, path, bytes / 20);
        await eventually(async () => (await client.size()) > 0);
        expect(await service.end("SIGTERM")).toBe(0);
        // 18: the connection was closed before the end of the file.
        expect(await client.ended).toBe(18);
        expect(await client.size()).toBeLessThan(bytes);
      },
      limitMs,
    );
  });
}
