import { describe, expect, test } from "bun:test";
import type { MediaFile } from "../../../pipeline/transcoder.ts";
import type { Source } from "./form.ts";
import { startOffsets } from "./media-inputs.ts";

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
