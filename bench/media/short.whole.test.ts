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
    const { clip, whole } = await measureClip(3, 1);
    expect(clip.bytes).toBeGreaterThan(0);
    expect(clip.bytes / whole.bytes).toBeLessThan(0.3);
  },
  limitMs,
);

test(
  "a large result is put together in one pass, and read once more for its digest",
  async () => {
    const { bytes, read, written } = await measurePasses(80_000_000);
    expect(bytes).toBeGreaterThan(80_000_000);
    // The worker and its programs read themselves too.
    expect(read).toBeLessThan(2.5);
    expect(written).toBeLessThan(1.2);
  },
  limitMs,
);
