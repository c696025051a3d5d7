import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeClips } from "../clips.ts";
import { eventually } from "../eventually.ts";
import { isWhole } from "../extent.ts";
import { ffprobe } from "../genuine-yt-dlp.ts";
import type { ResponseFaults } from "../http/faults.ts";
import { tempDir } from "../temp-dir.ts";
import { type MediaOrigin, startMediaOrigin } from "./index.ts";

let origin: MediaOrigin;
beforeAll(async () => {
  origin = await startMediaOrigin();
}, 180_000);
afterAll(() => origin.stop());

const gibibyte = 1_073_741_824;
const get = (path: string, headers: Record<string, string> = {}, faults?: ResponseFaults) =>
  fetch(origin.url(path, faults), { headers, redirect: "manual" });
const body = async (response: Response) => new Uint8Array(await response.arrayBuffer());

async function clip(name: string) {
  return new Uint8Array(await readFile((await makeClips()).path(name)));
}

describe("files", () => {
  test("come whole, or by ranges from the start, the middle or the end", async () => {
    const whole = await clip("landscape/18.mp4");
    const [all, first, middle, last] = await Promise.all([
      get("landscape/18.mp4"),
      get("landscape/18.mp4", { range: "bytes=0-99" }),
      get("landscape/18.mp4", { range: "bytes=100-" }),
      get("landscape/18.mp4", { range: "bytes=-50" }),
    ]);
    expect([all.status, first.status, middle.status, last.status]).toEqual([200, 206, 206, 206]);
    expect(first.headers.get("content-range")).toBe(`bytes 0-99/${whole.length}`);
    expect(await body(all)).toEqual(whole);
    expect(await body(first)).toEqual(whole.slice(0, 100));
    expect(await body(middle)).toEqual(whole.slice(100));
    expect(await body(last)).toEqual(whole.slice(-50));
  });

  test("a range past the end is 416, a file that is not there or outside the root 404", async () => {
    expect((await get("landscape/18.mp4", { range: "bytes=99999999-" })).status).toBe(416);
    expect((await get("landscape/nothing.mp4")).status).toBe(404);
    expect((await get("..%2f..%2fetc%2fhostname")).status).toBe(404);
  });

  test("HLS with separate sound and DASH play in FFmpeg", async () => {
    for (const path of ["hls/master.m3u8", "hls/single.m3u8", "dash/manifest.mpd"]) {
      const { seconds, streams } = await ffprobe(origin.url(path));
      expect(Math.round(seconds)).toBe(12);
      expect(new Set(streams.map((s) => s.codec_name))).toEqual(expect.objectContaining(new Set(["h264", "aac"])));
    }
  }, 180_000);
});

describe("what the origin makes up", () => {
  test("a gibibyte is a valid MP4, costs no memory and is served by ranges", async () => {
    const path = `big/${gibibyte}.mp4`;
    const { streams, seconds } = await ffprobe(origin.url(path));
    expect(streams.map((s) => s.codec_name)).toEqual(["h264", "aac"]);
    expect(Math.round(seconds)).toBe(12);
    const seedBytes = await clip("landscape/18.mp4");
    const joint = await body(await get(path, { range: `bytes=${seedBytes.length - 4}-${seedBytes.length + 11}` }));
    const box = new DataView(joint.buffer, 4);
    expect([box.getUint32(0), joint.slice(8, 12)]).toEqual([
      gibibyte - seedBytes.length,
      new TextEncoder().encode("free"),
    ]);
    const read = isWhole ? gibibyte : gibibyte / 4;
    const range = { range: `bytes=${gibibyte - read}-` };
    const before = process.memoryUsage().rss;
    let received = 0;
    for await (const chunk of (await get(path, range)).body ?? []) received += chunk.byteLength;
    expect(received).toBe(read);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1_048_576);
  }, 180_000);

  test("a file cut in two and fetched in ranges is the file fetched whole", async () => {
    const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    const path = "big/1000000.mp4";
    const parts = [await get(path, { range: "bytes=0-387504" }), await get(path, { range: "bytes=387505-" })];
    const joined = Buffer.concat(await Promise.all(parts.map(body)));
    expect(joined.length).toBe(1_000_000);
    expect(digest(joined)).toBe(digest(await body(await get(path))));
  });

  test("empty, disguised, endless, redirecting and failing paths", async () => {
    expect(await body(await get("empty.mp4"))).toEqual(new Uint8Array());
    expect(await (await get("disguised.mp4?target=/other/secret.ts")).text()).toContain("\n/other/secret.ts\n");
    expect((await get("redirect?to=http%3A%2F%2F10.0.0.1%2F")).headers.get("location")).toBe("http://10.0.0.1/");
    const limited = await get("status/429?retryAfter=7");
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    const stream = (await get("endless.mp4")).body?.getReader();
    let received = 0;
    while (received < 2_000_000) received += (await stream?.read())?.value?.byteLength ?? 0;
    await stream?.cancel();
  });
});

describe("faults", () => {
  test("a status strikes the first requests only, when told so", async () => {
    const faults = { status: 503, retryAfterSeconds: 1, times: 2 };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) statuses.push((await get("landscape/160.mp4", {}, faults)).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  test("faults in a playlist's address hold for its segments", async () => {
    const playlist = origin.url("hls/single.m3u8", { latencyMs: 1 });
    await ffprobe(playlist);
    expect(origin.requests.some((r) => r.path.startsWith("/~latencyMs=1/hls/single-000.ts"))).toBe(true);
  });

  test("a cut answer breaks after the given bytes", async () => {
    await expect(get("landscape/18.mp4", {}, { cutAfterBytes: 5000 }).then(body)).rejects.toThrow();
    await eventually(() => origin.requests.at(-1)?.bytesSent === 5000);
  });

  test("a stalled answer stays open until the client goes away", async () => {
    const leaving = new AbortController();
    const response = await fetch(origin.url("landscape/18.mp4", { stallAfterBytes: 5000 }), { signal: leaving.signal });
    const reader = response.body?.getReader();
    let received = 0;
    while (received < 5000) received += (await reader?.read())?.value?.byteLength ?? 0;
    expect(received).toBe(5000);
    leaving.abort();
    await expect(reader?.read()).rejects.toThrow();
  });

  test("a bandwidth limit lets the answer trickle", async () => {
    const path = origin.url("landscape/18.mp4", { bytesPerSecond: 20_000 });
    const reader = (await fetch(path)).body?.getReader();
    const first = (await reader?.read())?.value?.byteLength ?? 0;
    const sent = origin.requests.at(-1)?.bytesSent ?? 0;
    expect(first).toBeGreaterThan(0);
    expect(sent).toBeLessThan(100_000);
    await eventually(() => (origin.requests.at(-1)?.bytesSent ?? 0) > sent);
    await reader?.cancel();
  });

  test("faults set for a pattern hold until they are taken back", async () => {
    origin.setFaults(/^hls\/low-/, { status: 403 });
    expect((await get("hls/low-000.ts")).status).toBe(403);
    expect((await get("hls/low.m3u8")).status).toBe(200);
    origin.setFaults(/^hls\/low-/, null);
    expect((await get("hls/low-000.ts")).status).toBe(200);
  });

  test("stopping drops what is under way", async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "a.mp4"), "a".repeat(100_000));
    const other = await startMediaOrigin({ root: dir.path });
    const response = await fetch(other.url("a.mp4", { stallAfterBytes: 10 }));
    await other.stop();
    await expect(response.text()).rejects.toThrow();
    await expect(fetch(other.url("a.mp4"))).rejects.toThrow();
  });
});
