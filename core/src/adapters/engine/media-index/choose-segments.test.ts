import { describe, expect, test } from "bun:test";
import { chooseSegments } from "./choose-segments.ts";

const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });
/** Segments that are said to be so long, and are really. */
async function choose(said: readonly number[], real: readonly number[], ...ranges: ReturnType<typeof range>[]) {
  let reads = 0;
  const starts = real.map((_, index) => real.slice(0, index).reduce((sum, seconds) => sum + seconds, 0));
  const chosen = await chooseSegments(
    said.map((seconds) => ({ seconds })),
    ranges,
    async (index) => {
      reads += 1;
      return starts[index] ?? null;
    },
  );
  return { chosen, reads };
}
const alike = (count: number, seconds: number) => Array.from({ length: count }, () => seconds);

describe("the segments that a clip needs", () => {
  test("begin one early and end a little late, and few are looked at", async () => {
    const { chosen, reads } = await choose(alike(600, 6.006), alike(600, 6.006), range(1801, 1811));
    expect(chosen).toEqual({ first: 298, last: 302 });
    expect(reads).toBeLessThanOrEqual(5);
  });

  test("span all clips, to the end where one has none", async () => {
    const { chosen } = await choose(alike(20, 6), alike(20, 6), range(90, 1e12), range(31, 33));
    expect(chosen).toEqual({ first: 4, last: 19 });
  });

  test.each([
    ["twice as long as they are", 12],
    ["half as long as they are", 3],
    ["of no length", 0],
    ["as long as all", 3_600],
  ])("are found by their timestamps where they are said to be %s", async (_, said) => {
    const { chosen } = await choose(alike(600, said), alike(600, 6), range(1801, 1811));
    const last = chosen?.last ?? 0;
    expect(chosen?.first).toBe(299);
    expect(last).toBeGreaterThanOrEqual(302);
  });

  test("are found where their lengths are in the wrong places", async () => {
    const said = Array.from({ length: 200 }, (_, index) => (index < 100 ? 1 : 11));
    const { chosen, reads } = await choose(said, alike(200, 6), range(601, 611));
    expect(chosen).toEqual({ first: 99, last: 102 });
    expect(reads).toBeLessThan(30);
  });

  test("are all where nothing can be left out, or a time cannot be read", async () => {
    expect((await choose(alike(3, 6), alike(3, 6), range(3, 15))).chosen).toBeNull();
    expect((await choose(alike(30, 6), [], range(60, 70))).chosen).toBeNull();
  });
});
