import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startMediaOrigin, tempDir } from "@vidferry/testing";
import { ffmpeg } from "../../cli/e2e/media/media-scene.ts";
import { startOpenService } from "./open-service.ts";
import { diskBytes } from "./tree-disk.ts";

/** How often the bytes of a result are read from files and written into them, besides the download. */
export interface PassesFigure {
  readonly bytes: number;
  readonly read: number;
  readonly written: number;
}

const manifest = `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1H"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="v" codecs="avc1.640028" bandwidth="40000000" width="640" height="360">
<BaseURL>v.mp4</BaseURL></Representation></AdaptationSet>
<AdaptationSet mimeType="audio/mp4"><Representation id="a" codecs="mp4a.40.2" bandwidth="128000">
<BaseURL>a.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>`;

/** Picture and sound that lie apart, together of so many bytes at least, are put together without encoding. */
export async function measurePasses(leastBytes: number): Promise<PassesFigure> {
  await using dir = await tempDir("vidferry-bench-passes");
  const root = join(dir.path, "origin");
  await mkdir(root);
  const at = (name: string) => join(root, name);
  const noise = "testsrc2=s=640x360:r=25:d=4,noise=alls=100:allf=t";
  ffmpeg(
    "-f",
    "lavfi",
    "-i",
    noise,
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-pix_fmt",
    "yuv420p",
    "-qp",
    "8",
    at("piece.mp4"),
  );
  const { size } = Bun.file(at("piece.mp4"));
  const pieces = Math.ceil(leastBytes / size);
  ffmpeg(
    "-stream_loop",
    String(pieces - 1),
    "-i",
    at("piece.mp4"),
    "-c",
    "copy",
    "-movflags",
    "+faststart",
    at("v.mp4"),
  );
  ffmpeg("-f", "lavfi", "-i", `sine=d=${pieces * 4}`, "-c:a", "aac", "-movflags", "+faststart", at("a.mp4"));
  await writeFile(at("index.mpd"), manifest);
  await using origin = await startMediaOrigin({ root });
  await using service = await startOpenService(join(dir.path, "service"), origin.port);
  // What the first job needs besides is loaded by another one.
  await service.succeed({ url: origin.url("a.mp4"), output: { type: "audio" } });
  const before = diskBytes(service.pid);
  const job = await service.succeed({ url: origin.url("index.mpd") });
  const after = diskBytes(service.pid);
  const bytes = job.artifacts[0]?.bytes ?? 0;
  return {
    bytes,
    read: (after.read - before.read) / bytes,
    written: (after.written - before.written - (job.progress.downloadedBytes ?? 0)) / bytes,
  };
}
