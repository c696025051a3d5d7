import { rm } from "node:fs/promises";
import { pluginBeside, pluginEnvironment } from "../plugin.ts";

/** The plugin with which yt-dlp keeps what it has made of YouTube's players, so that a player is taken apart once. */
export const playersPlugin = pluginBeside(import.meta.url, "vidferry_players");

/** The environment that goes with it; the folder is made when there is something to keep, readable to us alone. */
export function playersEnvironment(folder: string): Record<string, string> {
  return { VIDFERRY_PLAYERS: folder, ...pluginEnvironment };
}

/** Removes what is kept: the next run takes the player apart anew. */
export async function forgetPlayers(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
