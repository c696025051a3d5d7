import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, type Scene } from "./scene.ts";

/** How many bytes of the one stream that is being fetched below a folder are noted to be on the disk; 0: none yet. */
export async function keptBytes(folder: string): Promise<number> {
  const note = (await filesBelow(folder)).find((name) => name.endsWith(".part.json"));
  if (note === undefined) return 0;
  const { done } = JSON.parse(await readFile(join(folder, note), "utf8")) as {
    done: readonly { readonly start: number; readonly end: number }[];
  };
  return done.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** How many bytes of a video's media were asked for, after the first so many requests. */
export function bytesAskedFor(scene: Scene, videoId: string, after: number): number {
  return scene
    .mediaRequests(videoId)
    .slice(after)
    .map(({ range }) => /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [])
    .reduce((sum, [, from, to]) => sum + Number(to) + 1 - Number(from), 0);
}
