import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join } from "node:path";
import {
  audioRecipes,
  type ClipSet,
  clipName,
  clipSeconds,
  encodeSegment,
  muxedClipName,
  segmentSeconds,
  type VideoRecipe,
  videoRecipes,
} from "./clip-recipe.ts";
import { makeStreams } from "./clip-streams.ts";

/** Small real media files, made once on this machine and kept for the next caller. */
export interface Clips {
  /** Absolute folder; read it, never write to it: others share it. */
  readonly dir: string;
  /** Whether a clip exists. The ones in AV1 and HDR depend on the encoders this FFmpeg has. */
  has(name: string): boolean;
  /** Absolute path of a clip, named as in `clipName`. */
  path(name: string): string;
}

/** What to make the clips with and where to keep them. */
export interface ClipsOptions {
  /** Folder for the clips. Default: one under the system's temporary folder, named by recipe and FFmpeg version. */
  readonly dir?: string;
  /** The FFmpeg program. Default: `VIDFERRY_FFMPEG`, else the `ffmpeg` of PATH. */
  readonly ffmpeg?: string;
}

/** Raise it when the way the clips are made changes without any of the recipes changing. */
const recipeVersion = 2;

const inThisProcess = new Map<string, Promise<Clips>>();

/**
 * Makes the clips the sample origins serve, or finds them where an earlier call left them. The first call takes some seconds.
 *
 * Safe to call from several processes at once: each works in a folder of its own and the first to finish moves it into place.
 * @throws Error when FFmpeg cannot be started, or lacks the H.264, VP9, AAC or Opus encoder.
 */
export function makeClips(options: ClipsOptions = {}): Promise<Clips> {
  const key = JSON.stringify([options.dir, options.ffmpeg]);
  const known = inThisProcess.get(key);
  if (known) return known;
  const making = makeOrFind(options);
  inThisProcess.set(key, making);
  making.catch(() => inThisProcess.delete(key));
  return making;
}

async function makeOrFind(options: ClipsOptions): Promise<Clips> {
  const ffmpeg = options.ffmpeg ?? process.env["VIDFERRY_FFMPEG"] ?? "ffmpeg";
  const [version = ""] = (await run(ffmpeg, ["-version"])).split("\n");
  const recipe = JSON.stringify([recipeVersion, version, clipSeconds, videoRecipes, audioRecipes]);
  const hash = createHash("sha256").update(recipe).digest("hex").slice(0, 12);
  const dir = options.dir ?? join(tmpdir(), `vidferry-clips-${hash}`);
  const clips: Clips = { dir, has: (name) => existsSync(join(dir, name)), path: (name) => join(dir, name) };
  if (await isComplete(clips)) return clips;

  await mkdir(dirname(dir), { recursive: true });
  const draft = await mkdtemp(`${dir}.draft-`);
  try {
    await makeAll(ffmpeg, draft);
    const files = await readdir(draft, { recursive: true });
    await writeFile(join(draft, completeList), JSON.stringify(files));
    await publish(draft, clips);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return clips;
}

/** Names every file of a finished folder, so that one which a cleaner of temporary files has been through is made anew. */
const completeList = "complete.json";

async function isComplete(clips: Clips): Promise<boolean> {
  if (!clips.has(completeList)) return false;
  const files = JSON.parse(await readFile(clips.path(completeList), "utf8")) as string[];
  return files.every((file) => clips.has(file));
}

/**
 * Moves a finished folder into place. A rename onto a filled folder fails: then somebody else was first, or what is there is damaged and
 * is moved out of the way. Callers that do so at the same time may each lose a round, so a few are allowed.
 */
async function publish(draft: string, clips: Clips): Promise<void> {
  for (let round = 1; ; round += 1) {
    try {
      await rename(draft, clips.dir);
      return;
    } catch (error) {
      if (await isComplete(clips)) return;
      if (round === 5) throw error;
    }
    const damaged = `${draft}.damaged`;
    await rename(clips.dir, damaged).catch(() => undefined);
    await rm(damaged, { recursive: true, force: true });
  }
}

async function makeAll(ffmpeg: string, dir: string): Promise<void> {
  for (const part of [...Object.keys(clipSeconds), "segments"]) await mkdir(join(dir, part), { recursive: true });
  const ffmpegRun = (args: readonly string[]) => run(ffmpeg, ["-nostdin", "-v", "error", "-y", ...args], dir);

  const audio = audioRecipes.flatMap((recipe) =>
    recipe.sets.map((set) => async () => {
      const source = `sine=frequency=440:sample_rate=48000:duration=${clipSeconds[set]}`;
      const encoder = recipe.codec === "aac" ? ["-c:a", "aac", "-movflags", "+faststart"] : ["-c:a", "libopus"];
      const rate = ["-ar", String(recipe.sampleRate), "-ac", "2", "-b:a", `${recipe.kbps}k`];
      await ffmpegRun(["-f", "lavfi", "-i", source, ...encoder, ...rate, clipName(set, recipe)]);
    }),
  );
  const video = videoRecipes.flatMap((recipe) =>
    [false, true].map((portrait) => async () => {
      const sets = recipe.sets.filter((set) => (set === "portrait") === portrait);
      if (sets.length > 0) await makeVideo(ffmpegRun, recipe, portrait, sets);
    }),
  );
  // Widest pictures first, so that no long encode is left alone at the end.
  await inPairs([...video.reverse(), ...audio]);

  const sets = Object.keys(clipSeconds) as ClipSet[];
  await inPairs([
    ...sets.map((set) => async () => {
      const inputs = ["-i", `${set}/134.mp4`, "-i", `${set}/140.m4a`];
      await ffmpegRun([...inputs, "-c", "copy", "-movflags", "+faststart", muxedClipName(set)]);
    }),
    async () => {
      await ffmpegRun([
        "-i",
        "landscape/136.mp4",
        "-frames:v",
        "1",
        "-q:v",
        "6",
        "-vf",
        "scale=480:360",
        "thumbnail.jpg",
      ]);
    },
    () => makeStreams(ffmpegRun, dir),
  ]);
  await rm(join(dir, "segments"), { recursive: true, force: true });
}

type FfmpegRun = (args: readonly string[]) => Promise<string>;

async function makeVideo(
  ffmpegRun: FfmpegRun,
  recipe: VideoRecipe,
  portrait: boolean,
  sets: readonly ClipSet[],
): Promise<void> {
  const name = clipName(portrait ? "portrait" : "landscape", recipe);
  const segment = `segments/${recipe.itag}${portrait ? "-portrait" : ""}${extname(basename(name))}`;
  try {
    await ffmpegRun([...encodeSegment(recipe, portrait), segment]);
  } catch (error) {
    // Not every build has an AV1 encoder or 10-bit VP9: those clips are then left out, and the catalogue lists what there is.
    if (recipe.codec === "av1" || recipe.codec === "vp9-hdr") return;
    throw error;
  }
  for (const set of sets) {
    const repeats = String(Math.round(clipSeconds[set] / segmentSeconds(recipe)) - 1);
    const faststart = extname(name) === ".mp4" ? ["-movflags", "+faststart"] : [];
    await ffmpegRun(["-stream_loop", repeats, "-i", segment, "-c", "copy", ...faststart, clipName(set, recipe)]);
  }
}

/** Runs the tasks two at a time: encoders use threads of their own, more would only compete. */
async function inPairs(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...tasks];
  const lane = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) await task();
  };
  await Promise.all([lane(), lane()]);
}

const encodeDeadlineMs = 120_000;
const keptOutput = 16_384;

function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"], timeout: encodeDeadlineMs });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(0, keptOutput);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => reject(new Error(`cannot start ${program}`, { cause: error })));
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code}: ${output.trim()}`));
    });
  });
}
