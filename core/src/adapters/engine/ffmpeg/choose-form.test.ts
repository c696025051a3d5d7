import { describe, expect, test } from "bun:test";
import type { MediaFile, MediaStream, Recipe } from "../../../pipeline/transcoder.ts";
import { chooseForm } from "./choose-form.ts";

const stream = (kind: "video" | "audio", codec: string, rest: Partial<MediaStream> = {}): MediaStream => ({
  kind,
  codec,
  width: null,
  height: null,
  fps: null,
  pixelFormat: kind === "video" ? "yuv420p" : null,
  isHdr: false,
  rotation: 0,
  hasBFrames: false,
  channels: kind === "audio" ? 2 : null,
  bitsPerSample: null,
  isDefault: false,
  attachedPicture: false,
  ...rest,
});
const file = (...streams: MediaStream[]): MediaFile => ({
  path: "/folder/in",
  bytes: 10,
  format: "any",
  durationSeconds: 10,
  startSeconds: 0,
  isDiscontinuous: false,
  isIndexedAhead: true,
  streams,
});
const formOf = (target: Recipe["target"], ...streams: MediaStream[]) =>
  chooseForm({ inputs: [file(...streams)], target, keep: null, exact: false, burnIn: null });
const video = (container: "mp4" | "mkv" | "webm") => ({ kind: "video", container }) as const;
const audio = (format: "best" | "mp3" | "opus" | "wav" | "flac", bitrateKbps: number | null = null) =>
  ({ kind: "audio", format, bitrateKbps, normalize: false }) as const;

const h264 = stream("video", "h264");
const aac = stream("audio", "aac");

describe("what is copied into a video, and what is encoded", () => {
  test.each([
    ["mp4", h264, null],
    ["mp4", stream("video", "h264", { pixelFormat: "yuv420p10le" }), "libx264"],
    ["mp4", stream("video", "h264", { pixelFormat: "yuv444p" }), "libx264"],
    ["mp4", stream("video", "mpeg4"), "libx264"],
    ["mp4", stream("video", "h264", { rotation: 90 }), null],
    ["mp4", stream("video", "vp9"), null],
    ["mp4", stream("video", "hevc", { pixelFormat: "yuv420p10le", isHdr: true }), null],
    ["mkv", stream("video", "h264", { pixelFormat: "yuv444p" }), null],
    ["mkv", stream("video", "h264", { rotation: 90 }), "libx264"],
    ["webm", stream("video", "vp9"), null],
    ["webm", h264, "libvpx-vp9"],
  ] as const)("into %s: %o", (container, picture, encoder) => {
    expect(formOf(video(container), picture, aac).videoEncoding?.encoder ?? null).toBe(encoder);
  });

  test.each([
    ["mp4", "aac", null],
    ["mp4", "ac3", "aac"],
    ["mp4", "opus", "aac"],
    ["mkv", "ac3", null],
    ["webm", "aac", "libopus"],
  ] as const)("into %s: sound in %s", (container, codec, encoder) => {
    expect(formOf(video(container), h264, stream("audio", codec)).audioEncoding?.encoder ?? null).toBe(encoder);
  });

  test("an encoded picture has even sides, and the colours of ordinary screens", () => {
    const { videoEncoding } = formOf(video("webm"), stream("video", "hevc", { isHdr: true }), aac);
    expect(videoEncoding?.filters.join()).toMatch(/tonemap.*crop/);
    expect(formOf(video("webm"), h264, aac).videoEncoding?.filters.join()).not.toContain("tonemap");
  });

  test("of several tracks the one that is meant to be played is taken", () => {
    const { audio } = formOf(video("mp4"), h264, aac, stream("audio", "aac", { isDefault: true }));
    expect(audio?.index).toBe(2);
  });
});

describe("sound alone", () => {
  test.each([
    ["aac", {}, "m4a", null],
    ["opus", {}, "opus", null],
    ["ac3", { channels: 6 }, "mka", null],
    ["pcm_s24le", { bitsPerSample: 24 }, "wav", null],
    ["pcm_s16be", { bitsPerSample: 16 }, "mka", null],
  ] as const)("that is %s stays it as `best`", (codec, rest, extension, encoder) => {
    const form = formOf(audio("best"), stream("audio", codec, rest));
    expect([form.extension, form.audioEncoding?.encoder ?? null]).toEqual([extension, encoder]);
  });

  test("is encoded with no more bits than its channels can use", () => {
    const rateOf = (format: "opus" | "mp3", channels: number) =>
      formOf(audio(format, 320), stream("audio", "flac", { channels })).audioEncoding?.options;
    expect(rateOf("opus", 1)).toEqual(["-b:a", "255k"]);
    expect(rateOf("opus", 2)).toEqual(["-b:a", "320k"]);
    expect(rateOf("mp3", 1)).toEqual(["-b:a", "320k"]);
  });

  test("loses no bits as WAV, which may grow beyond four gigabytes", () => {
    const form = formOf(audio("wav"), stream("audio", "flac", { bitsPerSample: 24 }));
    expect(form.audioEncoding?.encoder).toBe("pcm_s24le");
    expect(form.muxerOptions).toEqual(["-rf64", "auto"]);
    expect(formOf(audio("wav"), aac).audioEncoding?.encoder).toBe("pcm_s16le");
  });
});
