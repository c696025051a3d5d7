import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findTools, startMediaOrigin, tempDir, timecodeInputs } from "@vidferry/testing";
import { ffmpeg, h264 } from "../../cli/e2e/media/media-scene.ts";
import { alternate, median, timed } from "../figures.ts";
import { runProgram } from "../program.ts";
import { startOpenService } from "./open-service.ts";

/** Seconds of a job for a playlist, and of a yt-dlp that fetches its fragments one after the other. */
export interface FragmentsFigure {
  readonly ours: number;
  readonly one: number;
}

/** A playlist of so many fragments at an origin that is so far away. */
export async function measureFragments(fragments: number, latencyMs: number, rounds: number): Promise<FragmentsFigure> {
  await using dir = await tempDir("vidferry-bench-fragments");
  const root = join(dir.path, "origin");
  await mkdir(root);
  const output = ["-hls_time", "2", "-hls_list_size", "0", "-hls_playlist_type", "vod", join(root, "index.m3u8")];
  ffmpeg(...timecodeInputs({ seconds: fragments * 2 }), ...h264(), "-c:a", "aac", ...output);
  await using origin = await startMediaOrigin({ root });
  await using service = await startOpenService(join(dir.path, "service"), origin.port);
  const url = origin.url("index.m3u8", { latencyMs });
  const home = join(dir.path, "yt-dlp");
  const env = { PATH: process.env["PATH"] ?? "", HOME: dir.path, LANG: "C.UTF-8" };
  const tools = findTools();
  const options = ["--ignore-config", "--quiet", "--concurrent-fragments", "1", "--ffmpeg-location", tools.ffmpeg];
  const seconds = await alternate(
    {
      ours: () => timed(() => service.succeed({ url })),
      one: async () => {
        await rm(home, { recursive: true, force: true });
        await mkdir(home);
        return await timed(() => runProgram(tools.ytDlp, [...options, "--", url], { cwd: home, env }));
      },
    },
    rounds,
  );
  return { ours: median(seconds.get("ours") ?? []), one: median(seconds.get("one") ?? []) };
}
