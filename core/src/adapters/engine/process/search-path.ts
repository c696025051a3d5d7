import { delimiter, isAbsolute } from "node:path";

/** The usual folders of programs, on Linux and macOS. */
export const systemPath = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin";

/**
 * `PATH` of children: the absolute folders of `path`, and behind them the system's. Relative ones are left out: children run
 * in folders with files of strangers, where another program could be found by that name.
 */
export function searchPath(path: string | undefined): string {
  const folders = [...(path ?? "").split(delimiter).filter((folder) => isAbsolute(folder)), ...systemPath.split(":")];
  return [...new Set(folders)].join(delimiter);
}
