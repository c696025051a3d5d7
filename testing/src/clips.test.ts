import { expect, test } from "bun:test";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onlyWhole } from "@vidferry/testing";
import { audioRecipes, clipName, clipSeconds, videoRecipes } from "./clip-recipe.ts";
import { makeClips } from "./clips.ts";
import { ffprobe } from "./genuine-yt-dlp.ts";
import { tempDir } from "./temp-dir.ts";

const testWhole = onlyWhole(test);

const limitMs = 120_000;

testWhole(
  "each clip is what its recipe says: codec, size, rate and length",
  async () => {
    const clips = await makeClips();
    for (const recipe of videoRecipes) {
      const [set = "landscape"] = recipe.sets;
      const name = clipName(set, recipe);
      if (!clips.has(name)) continue;
      const { seconds, streams } = await ffprobe(clips.path(name));
      expect([name, seconds]).toEqual([name, expect.closeTo(clipSeconds[set], 0)]);
      expect(streams).toEqual([
        expect.objectContaining({ width: recipe.long, height: recipe.short, avg_frame_rate: `${recipe.fps}/1` }),
      ]);
    }
    for (const recipe of audioRecipes) {
      const { seconds, streams } = await ffprobe(clips.path(clipName("landscape", recipe)));
      expect([seconds, streams.length]).toEqual([expect.closeTo(clipSeconds.landscape, 0), 1]);
      expect(streams[0]?.codec_name).toBe(recipe.codec);
    }
  },
  limitMs,
);

/** Leaves an empty file wherever FFmpeg would have left a clip, and notes each time it was started. */
const fakeFfmpeg = `#!/bin/sh
[ "$1" = -version ] && { echo "ffmpeg version $0"; exit; }
echo started >> "$(dirname "$0")/starts"
before=
for argument do
  case $before:$argument in
    -i:* | -hls_segment_filename:*) ;;
    *.mp4 | *.webm | *.m4a | *.m3u8 | *.mpd | *.jpg) : > "$argument" ;;
  esac
  before=$argument
done
`;

test("clips are made once, and anew when files have been lost; callers at the same time get the same ones", async () => {
  await using dir = await tempDir("vidferry-clips-test");
  const ffmpeg = join(dir.path, "ffmpeg");
  await writeFile(ffmpeg, fakeFfmpeg, { mode: 0o755 });
  const starts = async () => (await readFile(join(dir.path, "starts"), "utf8")).split("\n").length - 1;
  const folder = join(dir.path, "clips");

  // Other spellings of the same folder stand for other processes: they share no memory with the first call.
  const spellings = [folder, `${dir.path}//clips`, `${dir.path}/./clips`];
  for (const clips of await Promise.all(spellings.map((spelling) => makeClips({ dir: spelling, ffmpeg })))) {
    expect(clips.has("landscape/18.mp4")).toBe(true);
  }
  const afterFirst = await starts();
  await makeClips({ dir: `${dir.path}/././clips`, ffmpeg });
  expect(await starts()).toBe(afterFirst);

  await rm(join(folder, "landscape/18.mp4"));
  await Promise.all(["/.//clips", "///clips"].map((end) => makeClips({ dir: `${dir.path}${end}`, ffmpeg })));
  expect(await starts()).toBeGreaterThan(afterFirst);
  expect((await readdir(dir.path)).sort()).toEqual(["clips", "ffmpeg", "starts"]);
  expect(await readdir(folder)).toContain("landscape");
  expect(await readdir(join(folder, "landscape"))).toContain("18.mp4");
});

test("an FFmpeg that cannot be started is named", async () => {
  await using dir = await tempDir("vidferry-clips-test");
  await mkdir(join(dir.path, "x"));
  await expect(makeClips({ dir: join(dir.path, "x"), ffmpeg: "/nonexistent/ffmpeg" })).rejects.toThrow(
    "cannot start /nonexistent/ffmpeg",
  );
});
