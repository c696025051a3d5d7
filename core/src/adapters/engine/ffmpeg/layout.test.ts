import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFile, copyFile, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clips, makeClips, type TempDir, tempDir } from "@vidferry/testing";
import { readLayout } from "./layout.ts";
import { ffmpeg } from "./test-media.ts";

const mp4 = "mov,mp4,m4a,3gp,3g2,mj2";
const matroska = "matroska,webm";
const samples = [
  ["landscape/18.mp4", mp4],
  ["landscape/140.m4a", mp4],
  ["landscape/243.webm", matroska],
  ["landscape/251.webm", matroska],
] as const;

let clips: Clips;
let dir: TempDir;
beforeAll(async () => {
  [clips, dir] = await Promise.all([makeClips(), tempDir("vidferry-layout")]);
}, 180_000);
afterAll(() => dir[Symbol.asyncDispose]());

const judge = async (path: string, format: string) =>
  (await readLayout(path, format, (await stat(path)).size)).isTruncated;

test.each(samples)("%s is whole, and is not once its end is missing", async (name, format) => {
  const path = join(dir.path, name.replaceAll("/", "-"));
  await copyFile(clips.path(name), path);
  expect(await judge(path, format)).toBe(false);
  const { size } = await stat(path);
  for (const share of [0.9, 0.4]) {
    await truncate(path, Math.floor(size * share));
    expect([share, await judge(path, format)]).toEqual([share, true]);
  }
});

test("garbage after the end of an MP4 does not make it truncated", async () => {
  const path = join(dir.path, "garbage.mp4");
  await copyFile(clips.path("landscape/18.mp4"), path);
  await appendFile(path, new Uint8Array(100).fill(0x7f));
  expect(await judge(path, mp4)).toBe(false);
});

test("an MP4 whose index has not come before a box that nobody knows is not indexed ahead", async () => {
  const box = (name: string) => [0, 0, 0, 8, ...Buffer.from(name)];
  for (const [names, isIndexedAhead] of [
    [["ftyp", "moov", "odd ", "mdat"], true],
    [["ftyp", "odd ", "mdat", "moov"], false],
    [["ftyp", "prft", "moov", "mdat"], true],
  ] as const) {
    const path = join(dir.path, "boxes.mp4");
    await writeFile(path, new Uint8Array(names.flatMap(box)));
    expect([names, (await readLayout(path, mp4, names.length * 8)).isIndexedAhead]).toEqual([names, isIndexedAhead]);
  }
});

test("an MP4 of which a fragment in the middle was cut short is truncated", async () => {
  const box = (name: string, body: Buffer = Buffer.alloc(0)) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + body.length);
    head.write(name, 4);
    return Buffer.concat([head, body]);
  };
  const fragment = [box("moof", Buffer.alloc(40)), box("mdat", Buffer.alloc(1_000, 5))];
  const path = join(dir.path, "fragments.mp4");
  for (const left of [1_008, 500]) {
    const cut = [fragment[0] ?? box("free"), fragment[1]?.subarray(0, left) ?? box("free")];
    await writeFile(path, Buffer.concat([box("ftyp"), box("moov"), ...fragment, ...cut, ...fragment, ...fragment]));
    expect([left, await judge(path, mp4)]).toEqual([left, left < 1_008]);
  }
  // What a clip needs of a fragmented file: between its index and its fragments, and behind them, nothing was fetched.
  const hole = Buffer.alloc(5_000);
  await writeFile(path, Buffer.concat([box("ftyp"), box("moov"), hole, ...fragment, hole]));
  expect(await judge(path, mp4)).toBe(false);
  await writeFile(path, Buffer.concat([box("ftyp"), box("moov"), ...fragment, hole]));
  expect(await judge(path, mp4)).toBe(false);
});

test("a WebM that was written as a live stream is whole, and has no index", async () => {
  const path = join(dir.path, "live.webm");
  const bytes = await readFile(clips.path("landscape/251.webm"));
  const size = bytes.indexOf(Buffer.from("18538067", "hex")) + 4;
  expect(bytes[size]).toBe(1);
  await writeFile(path, bytes.fill(0xff, size + 1, size + 8));
  const layout = { isTruncated: false, isIndexedAhead: false, endsWithinFrame: false };
  expect(await readLayout(path, matroska, bytes.length)).toEqual(layout);
});

test.each([
  ["ogg", "opus", "libopus", "isTruncated"],
  ["ogg", "oga", "flac", "isTruncated"],
  ["aac", "aac", "aac", "endsWithinFrame"],
  ["mp3", "mp3", "libmp3lame", "endsWithinFrame"],
] as const)("%s without an end is told: %s", async (format, extension, codec, told) => {
  const path = join(dir.path, `sound.${extension}`);
  ffmpeg("-f", "lavfi", "-i", "sine=duration=4", "-c:a", codec, path);
  const { size } = await stat(path);
  expect((await readLayout(path, format, size))[told]).toBe(false);
  for (const left of [size - 20, Math.floor(size / 2), Math.floor(size / 3) + 1]) {
    await truncate(path, left);
    expect([left, (await readLayout(path, format, left))[told]]).toEqual([left, true]);
  }
});

test("tags behind the frames of an MP3 do not cut it off", async () => {
  const path = join(dir.path, "tagged.mp3");
  ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-write_id3v1", "1", "-metadata", "title=x", path);
  expect((await readLayout(path, "mp3", (await stat(path)).size)).endsWithinFrame).toBe(false);
});

test("other formats are not judged", async () => {
  expect(await judge(clips.path("landscape/18.mp4"), "mpegts")).toBe(false);
});
