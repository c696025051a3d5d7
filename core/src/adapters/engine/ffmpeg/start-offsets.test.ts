import { describe, expect, test } from "bun:test";
import type { MediaFile } from "../../../pipeline/transcoder.ts";
import type { Source } from "./form.ts";
import { startOffsets } from "./start-offsets.ts";

const source = (path: string, startSeconds: number, more: Partial<MediaFile> = {}): Source => ({
  file: { path, startSeconds, format: "mpegts", ...more } as MediaFile,
  index: 0,
  stream: {} as Source["stream"],
});
const offsetsOf = (...sources: (Source | null)[]) => Object.fromEntries(startOffsets(sources));

describe("how much later than the media a file begins", () => {
  test("is told by the clock that renditions of a stream share", () => {
    expect(offsetsOf(source("v", 10), source("a", 10.5))).toEqual({ v: 0, a: 0.5 });
    expect(offsetsOf(source("v", 10), source("a", 20))).toEqual({ v: 0, a: 0 });
    expect(offsetsOf(source("v", 10), source("a", 10.5, { format: "ogg" }))).toEqual({ v: 0, a: 0 });
    expect(offsetsOf(source("v", 10), null)).toEqual({ v: 0 });
    expect(offsetsOf(null, null)).toEqual({});
  });

  test("is told by segments of two kinds, and by the tag of a sound in no container", () => {
    const fragments = { format: "mov,mp4,m4a,3gp,3g2,mj2" };
    expect(offsetsOf(source("v", 10), source("a", 10.5, fragments))).toEqual({ v: 0, a: 0.5 });
    // A file of its own begins at zero.
    expect(offsetsOf(source("v", 1.5), source("a", 0, fragments))).toEqual({ v: 0, a: 0 });
    const packed = { format: "aac", transportSeconds: 1.75 };
    expect(offsetsOf(source("v", 1.5), source("a", 0, packed))).toEqual({ v: 0, a: 0.25 });
    expect(offsetsOf(source("v", 1.5), source("a", 0, { format: "aac" }))).toEqual({ v: 0, a: 0 });
  });

  test("is told by a clock that has started anew between them", () => {
    const [near, packed] = [2 ** 33 / 90_000 - 0.25, { format: "aac", transportSeconds: 0.25 }];
    expect(offsetsOf(source("v", near), source("a", 0, packed))["a"]).toBeCloseTo(0.5);
    expect(offsetsOf(source("v", 0.25), source("a", near))["v"]).toBeCloseTo(0.5);
  });

  test("is told by a sound that is there as a whole beside a part of the picture", () => {
    const packed = source("a", 0, { format: "aac", transportSeconds: 10.5 });
    expect(offsetsOf(source("v", 13, { beginsAtSeconds: 3 }), packed)).toEqual({ v: 3, a: 0.5 });
    expect(offsetsOf(source("v", 70, { beginsAtSeconds: 60 }), packed)).toEqual({ v: 60, a: 0.5 });
  });

  test("counts what was left out before a part of the source", () => {
    expect(offsetsOf(source("v", 70, { beginsAtSeconds: 60 }))).toEqual({ v: 60 });
    // The clock is more exact than the sums of rounded lengths.
    expect(offsetsOf(source("v", 70, { beginsAtSeconds: 60 }), source("a", 72.5, { beginsAtSeconds: 62.4 }))).toEqual({
      v: 60,
      a: 62.5,
    });
    expect(offsetsOf(source("v", 70, { beginsAtSeconds: 60 }), source("a", 80, { beginsAtSeconds: 70 }))).toEqual({
      v: 60,
      a: 70,
    });
  });
});
