import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type TempDir, tempDir } from "../temp-dir.ts";
import { captionFaults, timecodeInputs, timelineFaults } from "./index.ts";

const seconds = 24;
const all = [{ startSeconds: 0, endSeconds: seconds }];
let dir: TempDir;
const at = (name: string) => join(dir.path, name);
function ffmpeg(...args: string[]): void {
  const { status, stderr } = spawnSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
beforeAll(async () => {
  dir = await tempDir("vidferry-timecode");
  const codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "125", "-c:a", "aac"];
  ffmpeg(...timecodeInputs({ seconds }), ...codecs, at("whole.mp4"));
}, 180_000);
afterAll(() => dir[Symbol.asyncDispose]());

describe("a timecoded file", () => {
  test("shows and plays its own time from the first frame to the last", async () => {
    expect(await timelineFaults(at("whole.mp4"), all)).toEqual([]);
  });

  test.each([
    [
      "sound that comes late",
      ["-i", "whole.mp4", "-itsoffset", "0.3", "-i", "whole.mp4", "-map", "0:v", "-map", "1:a"],
    ],
    ["a missing end", ["-i", "whole.mp4", "-t", "23"]],
    ["a start that was cut off", ["-ss", "5", "-i", "whole.mp4"]],
    ["no sound", ["-i", "whole.mp4", "-an"]],
    ["no picture", ["-i", "whole.mp4", "-vn"]],
  ])("is judged wrong with %s", async (_, args) => {
    const named = args.map((arg) => (arg === "whole.mp4" ? at(arg) : arg));
    ffmpeg(...named, "-c", "copy", at("wrong.mkv"));
    expect(await timelineFaults(at("wrong.mkv"), all)).not.toEqual([]);
  });

  test("is judged right after an exact cut, and wrong where another was meant", async () => {
    const kept = [{ startSeconds: 17.5, endSeconds: 22 }];
    ffmpeg("-ss", "17.5", "-to", "22", "-i", at("whole.mp4"), "-preset", "ultrafast", at("cut.mp4"));
    expect(await timelineFaults(at("cut.mp4"), kept)).toEqual([]);
    expect(await timelineFaults(at("cut.mp4"), [{ startSeconds: 17, endSeconds: 21.5 }])).not.toEqual([]);
  });

  test("has captions that are judged by where they belong", () => {
    const kept = [
      { startSeconds: 2, endSeconds: 4 },
      { startSeconds: 10, endSeconds: 12 },
    ];
    const captions = (cues: readonly (readonly [at: number, second: number])[]) =>
      cues.map(([at, second]) => `00:00:0${at}.000 --> 00:00:0${at}.950\nsec ${second}\n`).join("\n");
    const right = [2, 3, 10, 11].map((second, index) => [index, second] as const);
    expect(captionFaults(captions(right), kept)).toEqual([]);
    expect(captionFaults(captions(right.slice(1)), kept)).toEqual(['"sec 2" is missing']);
    expect(captionFaults(captions([...right, [4, 7]]), kept)).toHaveLength(1);
    expect(captionFaults(captions(right.map(([at, second]) => [at + 1, second])), kept)).toHaveLength(4);
  });
});
