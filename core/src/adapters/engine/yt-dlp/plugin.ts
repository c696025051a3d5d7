import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A plugin of ours for yt-dlp: a module in a folder of the shape that yt-dlp looks for. */
export interface Plugin {
  /** What yt-dlp takes as `--plugin-dirs`. */
  readonly directory: string;
  /** The module itself, which the warm engine loads without a search. */
  readonly file: string;
}

/** The plugin of this name; its folder `plugins` lies beside the module that `url` names. */
export function pluginBeside(url: string, name: string): Plugin {
  const directory = fileURLToPath(new URL("plugins", url));
  return { directory, file: join(directory, "vidferry/yt_dlp_plugins/extractor", `${name}.py`) };
}

/** Arguments with which yt-dlp loads these plugins. */
export function pluginArgs(plugins: readonly Plugin[]): string[] {
  return plugins.flatMap(({ directory }) => ["--plugin-dirs", directory]);
}

/** For the environment of a process that loads a plugin: Python would write bytecode beside it. */
export const pluginEnvironment: Readonly<Record<string, string>> = { PYTHONDONTWRITEBYTECODE: "1" };
