import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { transcoderConformance } from "@vidferry/testing/conformance";
import { installWrappers, type Programs } from "./guarded-programs.ts";
import { ffmpeg, quietLogger } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

let media: TempDir;
let programs: Programs;
const at = (name: string) => join(media.path, name);
beforeAll(async () => {
  media = await tempDir("vidferry-media");
  programs = installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  const picture = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=10"];
  const tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=10"];
  const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "60", "-pix_fmt", "yuv420p"];
  ffmpeg(...picture, ...tone, ...h264, "-c:a", "aac", "-movflags", "+faststart", at("video.mp4"));
  ffmpeg("-i", at("video.mp4"), "-map", "0:v", "-c", "copy", at("silent.mp4"));
  ffmpeg("-i", at("video.mp4"), "-frames:v", "1", at("picture.png"));
  writeFileSync(at("disguised.mp4"), "#EXTM3U\n#EXTINF:10.0,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n");
}, 180_000);
afterAll(() => media[Symbol.asyncDispose]());

transcoderConformance({
  describe,
  test,
  expect,
  name: "FFmpeg",
  async create() {
    const dir = await tempDir("vidferry-shaped");
    return {
      transcoder: ffmpegTranscoder({ programs, logger: quietLogger }),
      folder: dir.path,
      video: at("video.mp4"),
      picture: at("picture.png"),
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  },
  genuine: () => ({
    silent: at("silent.mp4"),
    disguised: at("disguised.mp4"),
    running: async (path) => {
      const { stdout } = spawnSync("ps", ["-eo", "args="], { encoding: "utf8" });
      return stdout.split("\n").filter((line) => line.includes(path));
    },
  }),
});
