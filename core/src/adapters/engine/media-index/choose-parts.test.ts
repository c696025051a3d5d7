import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { open, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fewUnlessWhole, findTools, onlyWhole, type TempDir, tempDir } from "@vidferry/testing";
import { chooseParts } from "./choose-parts.ts";
import type { ByteSpan, RemoteFile } from "./remote-file.ts";

const testWhole = onlyWhole(test);

const seconds = 120;
const limitMs = 120_000;
const picture = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0"];
const sound = ["-c:a", "aac", "-b:a", "64k"];
const files: Readonly<Record<string, readonly string[]>> = {
  "index-ahead.mp4": ["-map", "0", "-c", "copy", "-movflags", "+faststart"],
  "index-behind.mp4": ["-map", "0", "-c", "copy"],
  "fragments.mp4": [
    "-map",
    "0:v",
    "-c",
    "copy",
    "-movflags",
    "+frag_keyframe+empty_moov+default_base_moof+global_sidx",
  ],
  "cues-behind.mkv": ["-map", "0", "-c", "copy"],
  "cues-ahead.mkv": ["-map", "0", "-c", "copy", "-cues_to_front", "1"],
};
/** Of which no two seconds are alike. */
const noise = [
  "-f",
  "lavfi",
  "-i",
  `testsrc2=s=96x64:r=12:d=${seconds}`,
  "-f",
  "lavfi",
  "-i",
  `sine=beep_factor=4:d=${seconds}`,
];
/** Without what a muxer makes up. */
const exactly = ["-fflags", "+bitexact", "-flags", "+bitexact"];
const ffmpeg = (...args: readonly string[]) => {
  const { status, stderr } = spawnSync(findTools().ffmpeg, ["-nostdin", "-v", "error", "-y", ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
};
let dir: TempDir;
const at = (name: string) => join(dir.path, name);

beforeAll(async () => {
  dir = await tempDir("vidferry-parts");
  ffmpeg(...noise, ...picture, "-bf", "2", ...sound, at("source.mp4"));
  for (const [name, output] of Object.entries(files)) ffmpeg("-i", at("source.mp4"), ...output, at(name));
}, limitMs);
afterAll(() => dir[Symbol.asyncDispose]());

/** The file as it would be at its origin; counts what is read. */
async function remote(name: string): Promise<{ file: RemoteFile; bytes: Buffer; read: ByteSpan[] }> {
  const bytes = await readFile(at(name));
  const read: ByteSpan[] = [];
  return {
    bytes,
    read,
    file: {
      size: bytes.length,
      read: async (start, length) => {
        read.push({ start, end: start + length });
        return Buffer.from(bytes.subarray(start, start + length));
      },
    },
  };
}

/** A copy of which only these spans are there. */
async function withHoles(name: string, bytes: Buffer, spans: readonly ByteSpan[]): Promise<string> {
  const path = at(`holes-${name}`);
  await writeFile(path, "");
  const file = await open(path, "r+");
  for (const { start, end } of spans) {
    const part = bytes.subarray(start, end);
    await file.write(part, 0, part.length, start);
  }
  await file.close();
  await truncate(path, bytes.length);
  return path;
}

const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });

/** Those with an index behind the media, and with one for each fragment. */
const few = ["index-behind.mp4", "fragments.mp4", "cues-behind.mkv"];
describe.each(fewUnlessWhole(Object.keys(files), (name) => few.includes(name)))(
  "the parts of %s that a clip needs",
  (name) => {
    const clips = [
      ["copied", range(62, 70), ["-c", "copy"]],
      ["encoded", range(63, 70), picture],
    ] as const;
    test.each(fewUnlessWhole(clips, ([how]) => how === "copied"))(
      "are a small share of it, and are all that is read when it is %s",
      async (_, clip, codec) => {
        const { file, bytes } = await remote(name);
        const needed = await chooseParts(file, [clip]);
        if (needed === null) throw new Error("it has no index");
        const moved = needed.spans.reduce((sum, { start, end }) => sum + end - start, 0);
        expect(moved / bytes.length).toBeLessThan(0.35);
        const path = await withHoles(name, bytes, needed.spans);
        const cut = [...["-ss", String(clip.startSeconds)], "-to", String(clip.endSeconds), "-i"];
        const whole = at(`whole-${name}`);
        const parts = at(`parts-${name}`);
        ffmpeg(...cut, at(name), ...codec, ...exactly, whole);
        ffmpeg(...cut, path, ...codec, ...exactly, parts);
        expect((await readFile(parts)).equals(await readFile(whole))).toBe(true);
      },
      limitMs,
    );

    testWhole("at its start and at its end are found too", async () => {
      const { file, bytes } = await remote(name);
      for (const clip of [range(0, 4), range(112, 1e6)]) {
        const needed = await chooseParts(file, [clip]);
        const path = await withHoles(name, bytes, needed?.spans ?? []);
        const cut = ["-ss", String(clip.startSeconds), ...(clip.endSeconds > seconds ? [] : ["-to", "4"]), "-i"];
        const [whole, parts] = [at(`whole-end-${name}`), at(`parts-end-${name}`)];
        ffmpeg(...cut, at(name), "-c", "copy", ...exactly, whole);
        ffmpeg(...cut, path, "-c", "copy", ...exactly, parts);
        expect((await readFile(parts)).equals(await readFile(whole))).toBe(true);
      }
    });
  },
);

describe("a file is fetched whole", () => {
  test("when it has no index, or one that says nonsense", async () => {
    const { bytes } = await remote("index-ahead.mp4");
    const of = async (content: Buffer) =>
      await chooseParts(
        { size: content.length, read: async (start, length) => content.subarray(start, start + length) },
        [range(62, 70)],
      );
    expect(await of(Buffer.from("no media at all"))).toBeNull();
    expect(await of(Buffer.alloc(0))).toBeNull();
    expect(await of(bytes.subarray(0, 100))).toBeNull();
    // Each byte of the index in turn says something else: never a failure, never a span outside.
    const spoil = async (content: Buffer, place: number, length: number) => {
      const kept = Buffer.from(content.subarray(place, place + length));
      content.fill(0xff, place, place + length);
      await of(content);
      kept.copy(content, place);
    };
    const end = bytes.indexOf("mdat");
    for (let place = 0; place < end; place += 97) await spoil(bytes, place, 4);
    const cues = (await remote("cues-behind.mkv")).bytes;
    for (let place = 0; place < 4_000; place += 13) await spoil(cues, place, 2);
  });

  test("when nearly all of it is needed", async () => {
    const { file } = await remote("index-ahead.mp4");
    expect(await chooseParts(file, [range(2, 118)])).toBeNull();
  });
});
