import { expect, test } from "bun:test";
import { withNeededBytes } from "./needed-bytes.ts";

const stream = { formatId: "v", hasVideo: true, hasAudio: true, bytes: 3_600_000 };
const source = (extension: string) => ({ formatId: "v", extension, url: "https://a/v", headers: {}, chunkBytes: null });
const ranges = [{ startSeconds: 1_800, endSeconds: 1_830 }];
const none = { sources: [], trimmed: {}, periods: {}, ranges, durationSeconds: 3_600 };
const needed = (needs: Partial<Parameters<typeof withNeededBytes>[1]>, one = stream) =>
  withNeededBytes([one], { ...none, ...needs })[0]?.neededBytes;

test("of a file with an index the share of the clips in its length is expected, and a little more", () => {
  expect(needed({ sources: [source("mp4")] })).toBe(60_000);
  const open = { startSeconds: 3_500, endSeconds: Number.MAX_SAFE_INTEGER };
  expect(needed({ sources: [source("webm")], ranges: [...ranges, open] })).toBe(190_000);
});

test("of segments the share of those that are fetched is expected", () => {
  expect(needed({ trimmed: { v: { beginsAtSeconds: 1_794, share: 0.01 } } })).toBe(36_000);
});

test("of periods those that are fetched are expected", () => {
  const place = { startSeconds: 0, seconds: null, offsetSeconds: 0 };
  expect(
    needed({
      periods: {
        v: [
          { ...place, stream: { ...stream, bytes: 7 } },
          { ...place, stream: null },
        ],
      },
    }),
  ).toBe(7);
});

test("all is expected of what has no index, of what no length is known, and where nearly all is needed", () => {
  expect(needed({})).toBeUndefined();
  expect(needed({ sources: [source("ts")] })).toBeUndefined();
  expect(needed({ sources: [source("mp4")], durationSeconds: null })).toBeUndefined();
  expect(needed({ sources: [source("mp4")], ranges: null })).toBeUndefined();
  const most = [{ startSeconds: 10, endSeconds: 3_590 }];
  expect(needed({ sources: [source("mp4")], ranges: most })).toBeUndefined();
});
