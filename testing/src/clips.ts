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
  /** Folder for the clips. Default: one under `TEST_CACHE_DIR`, else under the system's temporary folder, named by recipe and FFmpeg version. */
  readonly dir?: string;
  /** The FFmpeg program. Default: `VIDFERRY_FFMPEG`, else the `ffmpeg` of PATH. */
  readonly ffmpeg?: string;
}

/** Raise it when the way the clips are made changes without any of the recipes changing. */
const recipeVersion = 3;

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
  const shared = process.env["TEST_CACHE_DIR"] ?? tmpdir();
  const dir = options.dir ?? join(shared, `vidferry-clips-${process.getuid?.() ?? "user"}-${hash}`);
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
  let list: string;
  try {
    list = await readFile(clips.path(completeList), "utf8");
  } catch (error) {
    // Looked for by the read itself: another process may move a damaged folder away between two calls.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  return (JSON.parse(list) as string[]).every((file) => clips.has(file));
}

/**
 * Moves a finished folder into place. A rename onto a filled folder fails: then another process was first, or the folder is damaged and
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
  const sets = Object.keys(clipSeconds) as ClipSet[];
  for (const part of [...sets, "segments"]) await mkdir(join(dir, part), { recursive: true });
  const ffmpegRun = (args: readonly string[]) => run(ffmpeg, ["-nostdin", "-v", "error", "-y", ...args], dir);

  // A process takes longer to start than a segment to encode, so each process makes many.
  await inPairs([
    () => makeVideo(ffmpegRun, "vp9"),
    () => makeVideo(ffmpegRun, "h264"),
    () => makeVideo(ffmpegRun, "av1"),
    () => makeVideo(ffmpegRun, "vp9-hdr"),
    () => makeAudio(ffmpegRun),
  ]);
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

/** Several inputs and one output for each, in one FFmpeg process. */
function oneToOne(jobs: readonly { input: readonly string[]; output: readonly string[] }[]): string[] {
  const outputs = jobs.flatMap(({ output }, index) => ["-map", String(index), ...output]);
  return [...jobs.flatMap(({ input }) => input), ...outputs];
}

/** Makes the clips of one video codec: a segment of each first, then the clips that repeat it. */
async function makeVideo(ffmpegRun: FfmpegRun, codec: VideoRecipe["codec"]): Promise<void> {
  const recipes = videoRecipes.filter((recipe) => recipe.codec === codec);
  const segments = recipes.flatMap((recipe) =>
    [true, false].flatMap((portrait) => {
      const sets = recipe.sets.filter((set) => (set === "portrait") === portrait);
      const [set] = sets;
      if (!set) return [];
      return [{ recipe, portrait, sets, file: `segments/${portrait}-${basename(clipName(set, recipe))}` }];
    }),
  );
  const encodings = segments.map(({ recipe, portrait, file }) => {
    const { input, encoder } = encodeSegment(recipe, portrait);
    return { input, output: [...encoder, file] };
  });
  try {
    await ffmpegRun(oneToOne(encodings));
  } catch (error) {
    // Not every build has an AV1 encoder or 10-bit VP9: those clips are then left out, and the catalogue lists what there is.
    if (codec === "av1" || codec === "vp9-hdr") return;
    throw error;
  }
  const copies = segments.flatMap(({ recipe, sets, file }) =>
    sets.map((set) => {
      const repeats = String(Math.round(clipSeconds[set] / segmentSeconds(recipe)) - 1);
      return {
        input: ["-stream_loop", repeats, "-i", file],
        output: ["-c", "copy", ...faststart(file), clipName(set, recipe)],
      };
    }),
  );
  await ffmpegRun(oneToOne(copies));
}

async function makeAudio(ffmpegRun: FfmpegRun): Promise<void> {
  const jobs = audioRecipes.flatMap((recipe) =>
    recipe.sets.map((set) => {
      const name = clipName(set, recipe);
      const encoder = ["-c:a", recipe.codec === "aac" ? "aac" : "libopus", "-b:a", `${recipe.kbps}k`];
      return {
        input: ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${clipSeconds[set]}`],
        output: [...encoder, "-ar", String(recipe.sampleRate), "-ac", "2", ...faststart(name), name],
      };
    }),
  );
  await ffmpegRun(oneToOne(jobs));
}

/** Players and ffprobe read the index first; in MP4 it has to be moved to the front. */
function faststart(file: string): string[] {
  return [".mp4", ".m4a"].includes(extname(file)) ? ["-movflags", "+faststart"] : [];
}

/** Runs the tasks two at a time: encoders use threads of their own, more would only compete. */
async function inPairs(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...tasks];
  const lane = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) await task();
  };
  await Promise.all([lane(), lane()]);
}

/** Far beyond any encoding: a busy machine takes its time. */
const encodeDeadlineMs = 900_000;
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
