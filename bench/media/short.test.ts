import { expect, test } from "bun:test";
import { measureClip } from "./clip.ts";
import { measureFragments } from "./fragments.ts";
import { measurePasses } from "./passes.ts";

const limitMs = 180_000;

test(
  "fragments are fetched by both sides",
  async () => {
    const { ours, one } = await measureFragments(3, 1, 1);
    expect(Math.min(ours, one)).toBeGreaterThan(0);
  },
  limitMs,
);

test(
  "a clip moves fewer bytes than the whole",
  async () => {
    const { clip, whole } = await measureClip(6, 1);
    expect(clip.bytes).toBeGreaterThan(0);
    expect(clip.bytes / whole.bytes).toBeLessThan(0.3);
  },
  limitMs,
);

test(
  "a merged result is read and written a counted number of times",
  async () => {
    const { bytes, read, written } = await measurePasses(60_000_000);
    expect(bytes).toBeGreaterThan(60_000_000);
    expect(Math.min(read, written)).toBeGreaterThan(0.9);
  },
  limitMs,
);
