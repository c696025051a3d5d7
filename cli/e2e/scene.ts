import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  eventually,
  findTools,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  type YouTubeDouble,
  type YouTubeDoubleOptions,
} from "@vidferry/testing";
import { processesIn } from "./processes.ts";

/** A double of YouTube and a folder for a service or a command that uses it. */
export interface Scene extends AsyncDisposable {
  readonly youtube: YouTubeDouble;
  /** An empty folder: everything the product writes should lie below it. */
  readonly home: string;
  /** The environment that leads the product to the double and into the folder; the ordinary settings of an operator. */
  readonly env: Readonly<Record<string, string>>;
  /** The requests for media of a video. */
  mediaRequests(videoId: string): YouTubeDouble["requests"];
  /** Another empty folder below the home. */
  folder(name: string): Promise<string>;
}

/** Sets the scene. `env` adds to the environment. */
export async function setScene(
  options: YouTubeDoubleOptions & { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Scene> {
  const [youtube, dir] = await Promise.all([startYouTubeDouble(options), tempDir("vidferry-e2e")]);
  return {
    youtube,
    home: dir.path,
    env: { ...environment(dir), PROXY_URL: youtube.proxyUrl, CA_FILE: youtube.caFile, ...options.env },
    mediaRequests: (id) =>
      youtube.requests.filter((request) => request.path === "/videoplayback" && request.query["id"] === id),
    folder: async (name) => {
      const path = join(dir.path, name);
      await mkdir(path, { recursive: true });
      return path;
    },
    [Symbol.asyncDispose]: async () => {
      await youtube.stop();
      // A process that is still shutting down would go on writing or deleting below it.
      await eventually(() => processesIn(dir.path).length === 0, { message: "the end of every process of the scene" });
      await dir[Symbol.asyncDispose]();
    },
  };
}

function environment({ path }: TempDir): Record<string, string> {
  const tools = findTools();
  return {
    PATH: process.env["PATH"] ?? "",
    // Bun keeps its cache of translated modules there; starts are slow without it.
    HOME: process.env["HOME"] ?? path,
    TMPDIR: path,
    LOG_LEVEL: "warn",
    // Each job is work, also one for the same video.
    REUSE: "off",
    PORT: "0",
    DATABASE_URL: `sqlite:${path}/data/vidferry.db`,
    STORAGE_URL: `file:${path}/data/files`,
    WORK_DIR: `${path}/data/work`,
    MIN_FREE_BYTES: "1MiB",
    VIDFERRY_YTDLP: tools.ytDlp,
    VIDFERRY_FFMPEG: tools.ffmpeg,
    VIDFERRY_FFPROBE: tools.ffprobe,
    VIDFERRY_JS_RUNTIME: tools.jsRuntime,
  };
}

/** Files below a folder, as paths relative to it, sorted; none when it is not there. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** The results in a folder that `vidferry download` saved to: all files but what it keeps for itself. */
export async function resultsBelow(folder: string): Promise<string[]> {
  return (await filesBelow(folder)).filter((name) => !name.startsWith(".vidferry/"));
}
