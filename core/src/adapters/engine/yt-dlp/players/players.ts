import { rm } from "node:fs/promises";
import { pluginBeside, pluginEnvironment } from "../plugin.ts";

/** The plugin with which yt-dlp caches preprocessed YouTube players, so that each player is preprocessed once. */
export const playersPlugin = pluginBeside(import.meta.url, "vidferry_players");

/** The environment that goes with it; the folder is created when there is something to cache, mode 0700. */
export function playersEnvironment(folder: string): Record<string, string> {
  return { VIDFERRY_PLAYERS: folder, ...pluginEnvironment };
}

/** Clears the cache: the next run preprocesses the player again. */
export async function forgetPlayers(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
