import { expect, test } from "bun:test";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { audioRecipes, clipName, clipSeconds, videoRecipes } from "./clip-recipe.ts";
import { makeClips } from "./clips.ts";
import { probe } from "./genuine-yt-dlp.ts";
import { tempDir } from "./temp-dir.ts";

const limitMs = 120_000;

test(
  "each clip is what its recipe says: codec, size, rate and length",
  async () => {
    const clips = await makeClips();
    for (const recipe of videoRecipes) {
      const [set = "landscape"] = recipe.sets;
      const name = clipName(set, recipe);
      if (!clips.has(name)) continue;
      const { seconds, streams } = await probe(clips.path(name));
      expect([name, seconds]).toEqual([name, expect.closeTo(clipSeconds[set], 0)]);
      expect(streams).toEqual([
        expect.objectContaining({ width: recipe.long, height: recipe.short, avg_frame_rate: `${recipe.fps}/1` }),
      ]);
    }
    for (const recipe of audioRecipes) {
      const { seconds, streams } = await probe(clips.path(clipName("landscape", recipe)));
      expect([seconds, streams.length]).toEqual([expect.closeTo(clipSeconds.landscape, 0), 1]);
      expect(streams[0]?.codec_name).toBe(recipe.codec);
    }
  },
  limitMs,
);

test(
  "a folder that has lost files is made anew, and a second caller in between gets the same clips",
  async () => {
    await using dir = await tempDir("vidferry-clips-test");
    const first = await makeClips({ dir: join(dir.path, "clips") });
    await rm(first.path("landscape/18.mp4"));
    // Another spelling of the same folder stands for another process: it shares no memory with the first call.
    const [second, third] = await Promise.all([
      makeClips({ dir: join(dir.path, "clips", "") + "/../clips" }),
      makeClips({ dir: `${dir.path}/./clips` }),
    ]);
    expect([second.has("landscape/18.mp4"), third.has("landscape/18.mp4")]).toEqual([true, true]);
  },
  limitMs,
);

test("an FFmpeg that cannot be started is named", async () => {
  await using dir = await tempDir("vidferry-clips-test");
  await mkdir(join(dir.path, "x"));
  expect(makeClips({ dir: join(dir.path, "x"), ffmpeg: "/nonexistent/ffmpeg" })).rejects.toThrow(
    "cannot start /nonexistent/ffmpeg",
  );
});
