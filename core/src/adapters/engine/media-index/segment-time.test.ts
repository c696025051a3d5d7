import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findTools, type TempDir, tempDir } from "@vidferry/testing";
import { secondsBetween, segmentTimes } from "./segment-time.ts";

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir("vidferry segments");
});
afterAll(() => dir[Symbol.asyncDispose]());

const at = (name: string) => join(dir.path, name);
function ffmpeg(...args: readonly string[]): void {
  const { status, stderr } = spawnSync(findTools().ffmpeg, ["-v", "error", "-y", ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
const tone = ["-f", "lavfi", "-i", "sine=duration=4:sample_rate=48000"];
const picture = ["-f", "lavfi", "-i", "testsrc=size=64x32:rate=25:duration=4"];
// Reordered frames: what is decoded first is shown later.
const encoded = ["-g", "50", "-c:v", "libx264", "-bf", "2", "-preset", "veryfast"];

const tag = (seconds: number) => {
  const owner = "com.apple.streaming.transportStreamTimestamp\0";
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds * 90_000));
  const frame = Buffer.concat([Buffer.from("PRIV\0\0\0\u0035\0\0", "latin1"), Buffer.from(owner), time]);
  return Buffer.concat([Buffer.from("ID3\u0004\0\0\0\0\0", "latin1"), Buffer.from([frame.length]), frame]);
};

test("the first segment of a picture and of a sound tell how much later the one begins", async () => {
  const ts = ["-muxdelay", "0", "-muxpreload", "0", "-output_ts_offset"];
  ffmpeg(...picture, ...encoded, ...ts, "10", at("v.ts"));
  ffmpeg(...tone, ...ts, "10.5", at("a.ts"));
  const [[v = 0] = [], [a = 0] = []] = await Promise.all(
    ["v.ts", "a.ts"].map(async (name) => [...segmentTimes(await readFile(at(name)), null).values()]),
  );
  expect(a - v).toBeCloseTo(0.5, 1);
});

test("the list of edits of fragments counts: what is silent at first, and what is not shown", async () => {
  const dash = ["-f", "dash", "-seg_duration", "1", "-init_seg_name", "$RepresentationID$-init", "-media_seg_name"];
  const late = ["-af", "atrim=start=0.5"];
  ffmpeg(...picture, ...tone, ...late, ...encoded, ...dash, "$RepresentationID$-$Number$", at("own.mpd"));
  const timesOf = async (stream: number, segment: number) =>
    segmentTimes(await readFile(at(`${stream}-${segment}`)), await readFile(at(`${stream}-init`)));
  const [[v = 0] = [], [a = 0] = []] = [[...(await timesOf(0, 1)).values()], [...(await timesOf(1, 1)).values()]];
  expect(v).toBeCloseTo(0, 1);
  expect(a).toBeCloseTo(0.5, 1);
  expect(secondsBetween(await timesOf(0, 1), await timesOf(0, 2), false)).toBeCloseTo(2, 1);
});

test("a cluster of WebM tells it", async () => {
  const webm = ["-f", "dash", "-dash_segment_type", "webm", "-seg_duration", "2", "-init_seg_name", "w-init"];
  ffmpeg(...tone, "-af", "atrim=start=0.5", "-c:a", "libopus", ...webm, "-media_seg_name", "w-$Number$", at("w.mpd"));
  const init = await readFile(at("w-init"));
  const [first = 0] = segmentTimes(await readFile(at("w-1")), init).values();
  expect(first).toBeCloseTo(0.5, 1);
  const [second = 0] = segmentTimes(await readFile(at("w-2")), init).values();
  expect(second - first).toBeCloseTo(2, 1);
  expect(segmentTimes(Buffer.alloc(100), init).size).toBe(0);
});

test("packed audio is told by the tag ahead of it", () => {
  expect([...segmentTimes(Buffer.concat([tag(12.5), Buffer.alloc(400)]), null).values()]).toEqual([12.5]);
  expect(segmentTimes(Buffer.alloc(400), null).size).toBe(0);
});
