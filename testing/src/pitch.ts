import { spawnSync } from "node:child_process";
import { findTools } from "./tools.ts";

const rate = 48_000;

/** How often the sound of a track swings in a second in the middle of the file: the pitch of a plain tone, in hertz. */
export function pitchOf(path: string, track = 0): number {
  const args = ["-v", "error", "-i", path, "-map", `0:a:${track}`, "-ac", "1", "-ar", String(rate), "-f", "s16le", "-"];
  const { status, stdout, stderr } = spawnSync(findTools().ffmpeg, args, { maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${path} has no track ${track}: ${stderr}`);
  const samples = new Int16Array(stdout.buffer, stdout.byteOffset, stdout.byteLength >> 1);
  const middle = samples.length >> 1;
  const second = samples.subarray(middle, middle + rate);
  return second.reduce((rises, sample, index) => rises + ((second[index - 1] ?? 0) < 0 && sample >= 0 ? 1 : 0), 0);
}
