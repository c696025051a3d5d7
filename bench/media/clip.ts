import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startMediaOrigin, tempDir } from "@vidferry/testing";
import { ffmpeg, h264 } from "../../cli/e2e/media/media-scene.ts";
import { alternate, median, timed } from "../figures.ts";
import { startOpenService } from "./open-service.ts";

/** What a clip costs, and the whole. */
export interface ClipFigure {
  readonly clip: Cost;
  readonly whole: Cost;
}

interface Cost {
  readonly seconds: number;
  readonly bytes: number;
}

/** Ten seconds from the middle of an MP4 of so many minutes, of one megabit a second, at an origin with 4 MB/s a connection. */
export async function measureClip(minutes: number, rounds: number): Promise<ClipFigure> {
  await using dir = await tempDir("vidferry-bench-clip");
  const root = join(dir.path, "origin");
  await mkdir(root);
  const minute = join(root, "minute.mp4");
  const noise = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=60", "-f", "lavfi", "-i", "sine=d=59.9"];
  ffmpeg(
    ...noise,
    ...h264(),
    "-b:v",
    "900k",
    "-minrate",
    "900k",
    "-nal-hrd",
    "cbr",
    "-bufsize",
    "900k",
    "-c:a",
    "aac",
    minute,
  );
  const loops = ["-stream_loop", String(minutes - 1), "-i", minute];
  ffmpeg(...loops, "-c", "copy", "-movflags", "+faststart", join(root, "whole.mp4"));
  await using origin = await startMediaOrigin({ root });
  await using service = await startOpenService(join(dir.path, "service"), origin.port);
  const url = origin.url("whole.mp4", { bytesPerSecond: 4_000_000 });
  const startSeconds = minutes * 30;
  const measure = async (clip?: { readonly startSeconds: number; readonly endSeconds: number }): Promise<Cost> => {
    const from = origin.requests.length;
    const seconds = await timed(() => service.succeed({ url, ...(clip && { clip }) }));
    // yt-dlp looks at the start of a link, without saying how far.
    const asked = origin.requests.slice(from).filter(({ range }) => range !== null);
    return { seconds, bytes: asked.reduce((sum, { bytesSent }) => sum + bytesSent, 0) };
  };
  const costs = await alternate(
    { clip: () => measure({ startSeconds, endSeconds: startSeconds + 10 }), whole: () => measure() },
    rounds,
  );
  const of = (name: string): Cost => ({
    seconds: median((costs.get(name) ?? []).map(({ seconds }) => seconds)),
    bytes: median((costs.get(name) ?? []).map(({ bytes }) => bytes)),
  });
  return { clip: of("clip"), whole: of("whole") };
}
