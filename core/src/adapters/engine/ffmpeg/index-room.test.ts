import { expect, test } from "bun:test";
import type { MediaFile, Recipe } from "../../../pipeline/transcoder.ts";
import { chooseForm } from "./choose-form.ts";
import { indexRoom, isTooSmall, withoutRewriting } from "./index-room.ts";

const stream = (kind: "video" | "audio", codec: string): MediaFile["streams"][number] => ({
  ...{ kind, codec, profile: null, codecTag: null, width: 64, height: 64, fps: 25, pixelFormat: "yuv420p" },
  ...{ isHdr: false, rotation: 0, hasBFrames: false, channels: 2, bitsPerSample: null, language: null },
  ...{ isDefault: true, attachedPicture: false },
});
const file = (bytes: number): MediaFile => ({
  ...{ path: "/folder/in.mp4", bytes, format: "mov,mp4", durationSeconds: 3_600, startSeconds: 0 },
  ...{ isDiscontinuous: false, isIndexedAhead: true, chapterCount: 0 },
  streams: [stream("video", "h264"), stream("audio", "aac")],
});
const recipe = (bytes: number, rest: Partial<Recipe> = {}): Recipe => ({
  ...{ inputs: [file(bytes)], target: { kind: "video", container: "mp4" }, keep: null, exact: false, chapters: [] },
  ...{ tags: null, subtitles: [], burnIn: null, cover: null, outputBase: "/folder/out" },
  ...rest,
});
const room = (wishes: Recipe, seconds: number | null = 3_600) => indexRoom(chooseForm(wishes), wishes, seconds);

test("a large file has room for its index, and little more", async () => {
  const bytes = 2e9;
  const reserved = (await room(recipe(bytes))) ?? 0;
  // Of an hour with 25 pictures and 47 packets of sound a second.
  expect(reserved).toBeGreaterThan(3_600 * (25 * 24 + 47 * 24));
  expect(reserved).toBeLessThan(bytes * 0.01);
});

test("small files, those of which no length is known, cuts and other containers are written as ever", async () => {
  expect(await room(recipe(60e6))).toBeNull();
  expect(await room(recipe(200e6))).toBeNull();
  expect(await room(recipe(2e9), null)).toBeNull();
  expect(await room(recipe(2e9, { keep: [{ startSeconds: 1, endSeconds: 2 }] }))).toBeNull();
  expect(await room(recipe(2e9, { target: { kind: "video", container: "mkv" } }))).toBeNull();
});

test("only the index is moved no more", () => {
  expect(withoutRewriting(["-movflags", "+faststart", "-tag:v:0", "hvc1"])).toEqual(["-tag:v:0", "hvc1"]);
});

test("room that does not suffice is told from other failures", () => {
  const failed = (said: string) => new Error("FFmpeg failed", { cause: new Error(said) });
  expect(isTooSmall(failed("reserved_moov_size is too small, needed 400 additional"))).toBe(true);
  expect(isTooSmall(failed("Invalid data"))).toBe(false);
});
