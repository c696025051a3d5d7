import { accessSync, constants, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The programs that tests of the real engine need, as absolute paths or names to be looked up in PATH. */
export interface Tools {
  readonly ytDlp: string;
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** `deno:/path` or `node:/path`, as `yt-dlp --js-runtimes` takes it. */
  readonly jsRuntime: string;
}

const toolsFolder = fileURLToPath(new URL("../../.tools", import.meta.url));

/**
 * Finds the programs where the set-up leaves them: in the `VIDFERRY_…` variables it exports, in PATH, or in the clone's `.tools`.
 * @throws Error that names what is missing.
 */
export function findTools(env: Readonly<Record<string, string | undefined>> = process.env): Tools {
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const find = (name: string, variable: string, ...elsewhere: string[]): string => {
    const candidates = [...path.map((folder) => join(folder, name)), ...elsewhere];
    const found = env[variable] || candidates.find(isExecutable);
    if (!found) throw new Error(`${name} was not found: set ${variable}, or let bin/test set everything up`);
    return found;
  };
  const deno = () => find("deno", "", ...globSync(join(toolsFolder, "{,deno/}node_modules/@deno/*/deno")));
  return {
    ytDlp: find("yt-dlp", "VIDFERRY_YTDLP", join(toolsFolder, "venv/bin/yt-dlp")),
    ffmpeg: find("ffmpeg", "VIDFERRY_FFMPEG"),
    ffprobe: find("ffprobe", "VIDFERRY_FFPROBE"),
    jsRuntime: env["VIDFERRY_JS_RUNTIME"] || `deno:${deno()}`,
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
