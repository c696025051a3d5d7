import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { freePort, makeClips } from "@vidferry/testing";
import { type Scene, setScene } from "./scene.ts";
import { nothingIsLeft, type Service, startService } from "./service.ts";

const limitMs = 120_000;
const mebibyte = 1_048_576;

/** A site whose page has a good video, and captions that are a few kilobytes on the way and 24 MB afterwards. */
function startSite(port: number, clip: string, bomb: Uint8Array<ArrayBuffer>) {
  const tracks = Array.from({ length: 4 }, (_, index) => `<track kind=subtitles srclang=l${"abcd"[index]} src=v.vtt>`);
  const page = `<title>v</title><video src=v.mp4><track kind=subtitles srclang=en src=good.vtt>${tracks.join("")}</video>`;
  const compressed = { "content-type": "text/vtt", "content-encoding": "gzip" };
  return Bun.serve({
    hostname: "127.0.0.1",
    port,
    routes: {
      "/v.html": new Response(page, { headers: { "content-type": "text/html" } }),
      "/v.mp4": () => new Response(Bun.file(clip)),
      "/good.vtt": new Response("WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n"),
      "/v.vtt": () => new Response(bomb, { headers: compressed }),
    },
  });
}

let scene: Scene;
let service: Service;
let site: ReturnType<typeof startSite>;
beforeAll(async () => {
  const port = await freePort();
  const clip = join((await makeClips()).dir, "landscape/18.mp4");
  const bomb = gzipSync(`WEBVTT\n\n${"00:00.000 --> 00:01.000\na\n\n".repeat(24_000_000 / 27)}`, { level: 9 });
  site = startSite(port, clip, bomb);
  const opened = `127.0.0.1:${port}`;
  scene = await setScene({ directHosts: [opened], env: { ALLOW_PRIVATE_HOSTS: opened } });
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
  await site?.stop(true);
});

/** The most memory that a process ever had at once, in bytes; null where the system does not tell. */
function peakOf(pid: number): number | null {
  if (process.platform !== "linux") return null;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) * 1024;
}

test(
  "captions that unpack to 24 MB are a warning: the service goes on answering, and stays small",
  async () => {
    const before = peakOf(service.pid);
    let over = false;
    let longestMs = 0;
    const startedAt = performance.now();
    const asking = (async () => {
      while (!over) {
        const askedAt = performance.now();
        expect((await fetch(`${service.url}/livez`)).status).toBe(200);
        longestMs = Math.max(longestMs, performance.now() - askedAt);
      }
    })();
    const job = await service.run({
      url: `http://127.0.0.1:${site.port}/v.html`,
      subtitles: { languages: ["en", "la", "lb", "lc", "ld"], formats: ["vtt"] },
    });
    over = true;
    await asking;
    const wholeMs = performance.now() - startedAt;
    expect(job).toMatchObject({ state: "succeeded", error: null });
    expect(job.artifacts.map(({ kind }) => kind).sort()).toEqual(["subtitle", "video"]);
    expect(job.warnings.map(({ detail }) => detail)).toEqual(
      ["la", "lb", "lc", "ld"].map((language) =>
        expect.stringContaining(`No subtitles in ${language}: it is larger than captions may be`),
      ),
    );
    // Parsed where it is served, it was silent for eight seconds, a third of the time, and took 2.8 GB.
    expect(longestMs / wholeMs).toBeLessThan(0.2);
    if (before !== null) expect((peakOf(service.pid) ?? 0) - before).toBeLessThan(300 * mebibyte);
    await nothingIsLeft(scene);
  },
  limitMs,
);
