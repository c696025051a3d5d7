/**
 * What media jobs cost: fragments fetched at once, clips by parts, merging and checking a small video, and passes over the disk.
 * Usage: bun bench/media/main.ts [fragments | clip | merge | passes] [rounds]
 */
import { measureClip } from "./clip.ts";
import { measureFragments } from "./fragments.ts";
import { measureMerge } from "./merge.ts";
import { measurePasses } from "./passes.ts";

const [only, wantedRounds] = process.argv.slice(2);
const rounds = Number(wantedRounds ?? 5);
const fixed = (value: number) => value.toFixed(2);
const mega = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const benches: Readonly<Record<string, () => Promise<string>>> = {
  fragments: async () => {
    const { ours, one } = await measureFragments(60, 50, rounds);
    return `60 fragments at 50 ms: vidferry ${fixed(ours)} s, yt-dlp one by one ${fixed(one)} s, ratio ${fixed(ours / one)}`;
  },
  clip: async () => {
    const { clip, whole } = await measureClip(60, rounds);
    const costs = `clip ${fixed(clip.seconds)} s and ${mega(clip.bytes)}, whole ${fixed(whole.seconds)} s and ${mega(whole.bytes)}`;
    const ratios = `ratios ${(clip.seconds / whole.seconds).toFixed(3)} and ${(clip.bytes / whole.bytes).toFixed(3)}`;
    return `10 s of an hour: ${costs}, ${ratios}`;
  },
  merge: async () => {
    const { now, before } = await measureMerge("81972c4", rounds);
    return `merging and checking 10 s: now ${fixed(now)} s, in 81972c4 ${fixed(before)} s, ratio ${fixed(now / before)}`;
  },
  passes: async () => {
    const { bytes, read, written } = await measurePasses(2_000_000_000);
    return `a merged result of ${mega(bytes)}, besides the download: read ${fixed(read)} times, written ${fixed(written)} times`;
  },
};

for (const [name, run] of Object.entries(benches)) if (only === undefined || only === name) console.log(await run());
