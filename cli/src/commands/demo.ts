import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { type Config, parseConfig } from "@vidferry/core";
import { composeEngine, engineOptions } from "@vidferry/core/compose";
import type { Terminal } from "@vidferry/core/program";
import { exitCodes } from "@vidferry/core/program";
import { createSilentLogger, systemClock } from "@vidferry/core/system";
import { Vidferry } from "@vidferry/sdk";
import { startYouTubeDouble } from "@vidferry/testing";
import { createBars, createLines } from "../progress-bars.ts";
import { runService } from "../run-service.ts";

/**
 * `vidferry demo`: a double of YouTube on this machine, the whole service in this process, and a client that does what a
 * user would do. The service reaches the double by its ordinary proxy and CA settings.
 */
export async function demoCommand(config: Config, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const home = resolve("data/demo");
  // A folder of that name may hold other things, so the demo deletes only what lies in one of its own.
  const own = join(home, ".vidferry-demo");
  await rm(own, { recursive: true, force: true });
  await mkdir(own, { recursive: true });
  terminal.note("starting a double of YouTube on this machine (its clips are made once, with FFmpeg)");
  await using youtube = await startYouTubeDouble();
  const demo = parseConfig({
    PORT: "0",
    DATABASE_URL: `sqlite:${own}/vidferry.db`,
    STORAGE_URL: `file:${own}/store`,
    WORK_DIR: `${own}/work`,
    PROXY_URL: youtube.proxyUrl,
    CA_FILE: youtube.caFile,
    VIDFERRY_YTDLP: config.VIDFERRY_YTDLP,
    VIDFERRY_FFMPEG: config.VIDFERRY_FFMPEG,
    VIDFERRY_FFPROBE: config.VIDFERRY_FFPROBE,
    ...(config.VIDFERRY_JS_RUNTIME === null ? {} : { VIDFERRY_JS_RUNTIME: config.VIDFERRY_JS_RUNTIME }),
  });
  const logger = createSilentLogger();
  const service = await runService(demo, logger, signal);
  const display = terminal.interactive ? createBars(terminal.note) : createLines(terminal.note);
  try {
    const baseUrl = service.url ?? "";
    const vidferry = new Vidferry({ baseUrl });
    const url = youtube.url("sampleVid01");
    terminal.note(`the service runs at ${baseUrl}; posting ${url}`);
    const job = await vidferry.downloads.create({
      url,
      subtitles: { languages: ["original"], formats: ["srt", "txt"] },
      thumbnail: "file",
    });
    const done = await vidferry.downloads.wait(job.id, {
      signal,
      onProgress: (current) => display.show(job.id, current),
    });
    display.finish(
      job.id,
      `done after ${done.attempt === 1 ? "one attempt" : `${done.attempt} attempts`}; the files are in ${relative(process.cwd(), home)}`,
    );
    display.stop();
    const engine = composeEngine(
      { ...engineOptions(demo), workDir: join(own, "work") },
      { clock: systemClock, logger },
    );
    for (const artifact of done.artifacts) {
      const path = join(home, artifact.fileName);
      const response = await vidferry.downloads.file(done.id, artifact.id, { signal });
      await writeFile(path, new Uint8Array(await response.arrayBuffer()));
      terminal.out(`${artifact.kind.padEnd(10)} ${relative(process.cwd(), path)}  ${artifact.bytes} bytes`);
      if (artifact.kind !== "video" && artifact.kind !== "audio") continue;
      const seen = await engine.transcoder.inspect(path, { signal });
      const streams = seen.streams
        .filter((stream) => stream.kind === "video" || stream.kind === "audio")
        .map((stream) => (stream.kind === "video" ? `${stream.codec} ${stream.width}x${stream.height}` : stream.codec));
      terminal.out(`           it lasts ${seen.durationSeconds?.toFixed(1)} s, ${streams.join(" + ")}`);
    }
    await engine.close();
    const hosts = new Set(youtube.connects.map((host) => host.replace(/:\d+$/, "")));
    terminal.note(`hosts that were asked, all answered by the double: ${[...hosts].join(", ")}`);
    terminal.note("next: bin/vidferry serve, or bin/vidferry download URL");
    return exitCodes.done;
  } finally {
    display.stop();
    await service.stop(0);
    await rm(own, { recursive: true, force: true });
  }
}
