import { describe, expect, test } from "bun:test";
import { sampleFile, sampleStream } from "@vidferry/testing";
import type { MediaFile, MediaStream, Recipe } from "../../../pipeline/transcoder.ts";
import { chooseForm } from "./choose-form.ts";

const stream = (kind: "video" | "audio", codec: string, rest: Partial<MediaStream> = {}) =>
  sampleStream(kind, codec, { isDefault: false, ...rest });
const file = (...streams: MediaStream[]) => sampleFile(streams);
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
    ["mp4", stream("video", "vp9", { width: 1_080, height: 1_920 }), "libx264"],
    ["mp4", stream("video", "vp9", { width: 2_560, height: 1_440 }), null],
    ["mp4", stream("video", "hevc", { pixelFormat: "yuv420p10le" }), "libx264"],
    ["mkv", stream("video", "hevc", { pixelFormat: "yuv420p10le" }), null],
    ["mp4", stream("video", "h264", { profile: "High 4:4:4 Predictive" }), "libx264"],
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
    expect(formOf(video(container), h264, stream("audio", codec)).sounds[0]?.encoding?.encoder ?? null).toBe(encoder);
  });

  test("a picture is encoded where a copy would show what the source hides before its beginning", () => {
    const inputs = [{ ...file(h264, aac), hidesBeginning: true }];
    const encoders = (container: "mp4" | "mkv", startSeconds: number | null) => {
      const keep = startSeconds === null ? null : [{ startSeconds, endSeconds: 9 }];
      const form = chooseForm({ inputs, target: video(container), keep, exact: false, burnIn: null });
      return [form.videoEncoding?.encoder, form.sounds[0]?.encoding?.encoder];
    };
    expect(encoders("mp4", null)).toEqual([undefined, undefined]);
    expect(encoders("mp4", 4)).toEqual([undefined, undefined]);
    expect(encoders("mp4", 0)).toEqual(["libx264", "aac"]);
    expect(encoders("mkv", null)).toEqual(["libx264", "aac"]);
  });

  test("H.264 that is copied has the tag that all players know", () => {
    const tagged = stream("video", "h264", { codecTag: "avc3" });
    expect(formOf(video("mp4"), tagged, aac).muxerOptions).toEqual(["-movflags", "+faststart", "-tag:v:0", "avc1"]);
    expect(formOf(video("mkv"), tagged, aac).muxerOptions).toEqual([]);
  });

  test("an encoded picture has even sides, and the colours of ordinary screens", () => {
    const { videoEncoding } = formOf(video("webm"), stream("video", "hevc", { isHdr: true }), aac);
    expect(videoEncoding?.filters.join()).toMatch(/tonemap.*crop/);
    expect(formOf(video("webm"), h264, aac).videoEncoding?.filters.join()).not.toContain("tonemap");
  });

  test("a picture of another codec than was asked for, or of more frames, is encoded; one that is within both is not", () => {
    const wished = (picture: MediaStream, codec: "h264" | "vp9", maxFps: number) =>
      formOf({ ...video("mp4"), codec, maxFps }, picture, aac).videoEncoding;
    expect(wished(stream("video", "h264", { fps: 29.97 }), "h264", 30)).toBeNull();
    expect(wished(stream("video", "vp9", { fps: 25 }), "h264", 30)).toMatchObject({ encoder: "libx264" });
    expect(wished(stream("video", "h264", { fps: 25 }), "vp9", 30)).toMatchObject({ encoder: "libvpx-vp9" });
    expect(wished(stream("video", "h264", { fps: 59.94 }), "h264", 30)?.filters[0]).toBe("fps=30");
  });

  test("of several tracks the one that is meant to be played is taken", () => {
    const { sounds } = formOf(video("mp4"), h264, aac, stream("audio", "aac", { isDefault: true }));
    expect(sounds.map(({ source }) => source.index)).toEqual([2]);
  });
});

describe("a picture with a high dynamic range", () => {
  const ten = stream("video", "vp9", { pixelFormat: "yuv420p10le", isHdr: true });
  const formFor = (container: "mp4" | "mkv" | "webm", hdr: boolean, isExact: boolean, hasHevc = true) =>
    chooseForm(
      {
        inputs: [file(ten, aac)],
        target: { kind: "video", container, hdr },
        keep: isExact ? [{ startSeconds: 1, endSeconds: 2 }] : null,
        exact: isExact,
        burnIn: null,
      },
      hasHevc ? {} : { lacked: ["libx265"] },
    );
  test.each([
    ["mp4", true, false, null],
    ["mkv", true, false, null],
    ["webm", true, false, null],
    ["mp4", true, true, "libx265"],
    ["mkv", true, true, "libx265"],
    ["webm", true, true, "libvpx-vp9"],
    ["mp4", false, false, "libx264"],
    ["mkv", false, false, "libx264"],
    ["webm", false, false, "libvpx-vp9"],
  ] as const)("into %s, wished %p, cut exactly %p: %p", (container, hdr, isExact, encoder) => {
    const { videoEncoding } = formFor(container, hdr, isExact);
    expect(videoEncoding?.encoder ?? null).toBe(encoder);
    if (videoEncoding === null) return;
    expect(videoEncoding.filters.join().includes("tonemap")).toBe(!hdr);
    expect(videoEncoding.options.includes("yuv420p10le")).toBe(hdr);
  });

  test("is converted where there is no encoder of HEVC", () => {
    const { videoEncoding } = formFor("mp4", true, true, false);
    expect(videoEncoding?.encoder).toBe("libx264");
    expect(videoEncoding?.filters.join()).toContain("tonemap");
  });
});

describe("of several sounds", () => {
  const spoken = (language: string | null, rest: Partial<MediaStream> = {}) =>
    stream("audio", "aac", { language, ...rest });
  const inOne = [file(h264, spoken("eng"), spoken("ger", { isDefault: true }), spoken("por"))];
  const apart = [file(h264), file(spoken("en")), file(spoken("de", { isDefault: true }))];
  const muxedToo = [file(h264, spoken("en")), file(spoken("de")), file(spoken("fr"))];
  const taken = (inputs: readonly MediaFile[], audioLanguage?: string) =>
    chooseForm({
      inputs,
      target: video("mp4"),
      keep: null,
      exact: false,
      burnIn: null,
      ...(audioLanguage === undefined ? {} : { audioLanguage }),
    }).sounds.map(({ source }) => source.stream.language);
  test.each([
    ["in one file", inOne, undefined, ["ger"]],
    ["in one file", inOne, "original", ["ger"]],
    ["in one file", inOne, "en-GB", ["eng"]],
    ["in one file", inOne, "pt-BR", ["por"]],
    ["in one file", inOne, "fr", ["ger"]],
    ["in one file", inOne, "all", ["ger", "eng", "por"]],
    ["in files of their own", apart, undefined, ["en"]],
    ["in files of their own", apart, "de", ["de"]],
    ["in files of their own", apart, "all", ["en", "de"]],
    ["some beside the picture", muxedToo, "de", ["de"]],
    ["some beside the picture", muxedToo, "all", ["en", "de", "fr"]],
  ] as const)("%s: %#", (_, inputs, wish, languages) => {
    expect(taken(inputs, wish)).toEqual([...languages]);
  });
});

describe("sound alone", () => {
  test.each([
    ["mp3", { vbrQuality: 0 }, ["-q:a", "0"], []],
    ["mp3", { channels: 1 }, ["-b:a", "192k"], ["aformat=channel_layouts=mono"]],
    [
      "mp3",
      { channels: 2, sampleRateHz: 44_100 },
      ["-b:a", "192k", "-ar", "44100"],
      ["aformat=channel_layouts=stereo"],
    ],
    ["opus", { sampleRateHz: 16_000 }, ["-b:a", "128k", "-ar", "16000"], [expect.stringContaining("5.1")]],
    ["wav", { channels: 1 }, [], ["aformat=channel_layouts=mono"]],
  ] as const)("as %s with %j", (format, wishes, options, filters) => {
    const target = { ...audio(format), ...wishes };
    const { sounds } = chooseForm({ inputs: [file(aac)], target, keep: null, exact: false, burnIn: null });
    expect(sounds[0]?.encoding?.options).toEqual([...options]);
    expect(sounds[0]?.encoding?.filters).toEqual([...filters]);
  });

  test("that has the wished channels already is copied", () => {
    const mono = stream("audio", "aac", { channels: 1 });
    const target = { kind: "audio", format: "m4a", bitrateKbps: null, normalize: false, channels: 1 } as const;
    const { sounds } = chooseForm({ inputs: [file(mono)], target, keep: null, exact: false, burnIn: null });
    expect(sounds[0]?.encoding).toBeNull();
  });

  test.each([
    ["aac", {}, "m4a", null],
    ["opus", {}, "opus", null],
    ["ac3", { channels: 6 }, "mka", null],
    ["pcm_s24le", { bitsPerSample: 24 }, "wav", null],
    ["pcm_s16be", { bitsPerSample: 16 }, "mka", null],
  ] as const)("that is %s stays it as `best`", (codec, rest, extension, encoder) => {
    const form = formOf(audio("best"), stream("audio", codec, rest));
    expect([form.extension, form.sounds[0]?.encoding?.encoder ?? null]).toEqual([extension, encoder]);
  });

  test("is encoded with no more bits than its channels can use", () => {
    const rateOf = (format: "opus" | "mp3", channels: number) =>
      formOf(audio(format, 320), stream("audio", "flac", { channels })).sounds[0]?.encoding?.options;
    expect(rateOf("opus", 1)).toEqual(["-b:a", "255k"]);
    expect(rateOf("opus", 2)).toEqual(["-b:a", "320k"]);
    expect(rateOf("mp3", 1)).toEqual(["-b:a", "320k"]);
  });

  test("loses no bits as WAV, which may grow beyond four gigabytes", () => {
    const form = formOf(audio("wav"), stream("audio", "flac", { bitsPerSample: 24 }));
    expect(form.sounds[0]?.encoding?.encoder).toBe("pcm_s24le");
    const encoderFor = (codec: string, bitsPerSample: number) =>
      formOf(audio("wav"), stream("audio", codec, { bitsPerSample })).sounds[0]?.encoding?.encoder;
    expect([encoderFor("pcm_s32be", 32), encoderFor("pcm_f32be", 32)]).toEqual(["pcm_s32le", "pcm_f32le"]);
    expect(form.muxerOptions).toEqual(["-rf64", "auto"]);
    expect(formOf(audio("wav"), aac).sounds[0]?.encoding?.encoder).toBe("pcm_s16le");
  });
});
