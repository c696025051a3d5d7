import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua script: runs as one step on the server, so every transition is atomic. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** Prepares a script; it is sent once to each server and then named by its hash. */
export function defineScript(lua: string): Script {
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}

/** Runs a script, sending its text when the server does not have it (any more). */
export async function runScript(
  client: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return client.eval(script.lua, keys.length, ...keys, ...args);
  }
}

/** Whether a command failed because the server has forgotten the script. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}
