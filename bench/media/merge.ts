import { execFileSync } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tempDir, timecodeInputs } from "@vidferry/testing";
import { ffmpeg, h264 } from "../../cli/e2e/media/media-scene.ts";
import type { Recipe, Transcoder } from "../../core/src/index.ts";
import { alternate, median, timed } from "../figures.ts";

/** Seconds that putting a small video together and checking it take, now and in an earlier version. */
export interface MergeFigure {
  readonly now: number;
  readonly before: number;
}

const repository = fileURLToPath(new URL("../..", import.meta.url));
const signal = new AbortController().signal;
const nothing = () => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };

type Install = (dir: string, programs: { ffmpeg: string; ffprobe: string }) => unknown;
type Make = (options: unknown) => Transcoder;

/** Picture and sound of ten seconds are looked at, put together without encoding, and the result is looked at. */
export async function measureMerge(commit: string, rounds: number): Promise<MergeFigure> {
  await using dir = await tempDir("vidferry-bench-merge");
  const at = (name: string) => join(dir.path, name);
  const earlier = at("earlier");
  await mkdir(earlier);
  const archive = execFileSync("git", ["-C", repository, "archive", commit, "core"], { maxBuffer: 1 << 28 });
  execFileSync("tar", ["-x", "-C", earlier], { input: archive });
  for (const folder of ["node_modules", "core/node_modules"])
    await symlink(join(repository, folder), join(earlier, folder));
  const load = async (path: string) => (await import(path)) as Record<string, unknown>;
  const { ffmpegTranscoder: makeOld, installGuard } = await load(join(earlier, "core/src/adapters/ffmpeg/index.ts"));
  const adapter = join(repository, "core/src/adapters/engine/ffmpeg/index.ts");
  const { ffmpegTranscoder: makeNew, installWrappers } = await load(adapter);
  const programs = { ffmpeg: "ffmpeg", ffprobe: "ffprobe" };
  const make = (create: unknown, install: unknown, name: string) =>
    (create as Make)({ programs: (install as Install)(at(name), programs), logger: silent });
  const transcoders = { now: make(makeNew, installWrappers, "new"), before: make(makeOld, installGuard, "old") };

  ffmpeg(...timecodeInputs({ seconds: 10 }), "-map", "0:v", ...h264(), at("v.mp4"));
  ffmpeg(...timecodeInputs({ seconds: 10 }), "-map", "1:a", "-c:a", "aac", at("a.mp4"));
  const merge = async (transcoder: Transcoder, name: string) => {
    const inputs = await Promise.all(["v.mp4", "a.mp4"].map((file) => transcoder.inspect(at(file), { signal })));
    const recipe = {
      ...{ inputs, target: { kind: "video", container: "mp4" }, keep: null, exact: false, chapters: [], tags: null },
      ...{ subtitles: [], burnIn: null, cover: null, outputBase: at(`result-${name}`) },
    } satisfies Recipe;
    await transcoder.shape(recipe, { signal, onProgress: () => undefined, timeoutMs: 60_000 });
  };
  const seconds = await alternate(
    {
      now: () => timed(() => merge(transcoders.now, "now")),
      before: () => timed(() => merge(transcoders.before, "before")),
    },
    rounds,
  );
  return { now: median(seconds.get("now") ?? []), before: median(seconds.get("before") ?? []) };
}
