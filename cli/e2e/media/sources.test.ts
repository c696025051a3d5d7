import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { timelineFaults } from "@vidferry/testing";
import { type MediaScene, setMediaScene } from "./media-scene.ts";
import { sourceKinds, sourceSeconds } from "./sources.ts";

const limitMs = 120_000;
const all = [{ startSeconds: 0, endSeconds: sourceSeconds }];
let media: MediaScene;
beforeAll(async () => {
  media = await setMediaScene({ WORKER_CONCURRENCY: "2" });
}, limitMs);
afterAll(() => media?.[Symbol.asyncDispose]());

describe("whatever carries it", () => {
  test.each(sourceKinds.map((kind) => [kind.name, kind] as const))(
    "%s comes whole, picture and sound together",
    async (_, kind) => {
      const path = await media.save(await media.run(await kind.make(media)));
      expect(
        await timelineFaults(path, all, { silentSeconds: kind.silentSeconds ?? 0, joints: kind.joints ?? [] }),
      ).toEqual([]);
    },
    limitMs,
  );
});
