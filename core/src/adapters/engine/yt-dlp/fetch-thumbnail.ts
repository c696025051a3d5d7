import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ResolveOptions } from "../../../pipeline/downloader.ts";
import { loadArgs } from "./command-line.ts";
import type { Engine } from "./engine.ts";
import { openWorkArea } from "./work-area.ts";

const deadlineMs = 60_000;
const maxThumbnailBytes = 32 << 20;

/** Fetches the best thumbnail there is as JPEG or PNG; null when there is none. Only an abort rejects. */
export async function fetchThumbnailFile(
  engine: Engine,
  { folder, egress, signal }: ResolveOptions,
): Promise<string | null> {
  signal.throwIfAborted();
  try {
    const area = await openWorkArea(folder.path);
    await rm(area.thumbnail, { recursive: true, force: true });
    await mkdir(area.thumbnail, { recursive: true });
    await engine.run({
      args: [
        ...loadArgs(area.info),
        ...["--skip-download", "--ignore-errors", "--write-thumbnail", "--convert-thumbnails", "jpg>jpg/png>png/jpg"],
        ...["--paths", `home:${area.thumbnail}`, "--output", "thumbnail.%(ext)s"],
      ],
      // Its own: the streams are fetched at the same time.
      home: join(area.home, "thumbnail"),
      egress,
      signal,
      deadlineMs,
      fileSizeBytes: maxThumbnailBytes,
    });
    const name = (await readdir(area.thumbnail)).find((file) => /\.(jpe?g|png)$/.test(file));
    return name === undefined ? null : join(area.thumbnail, name);
  } catch {
    // It may be that there is no info to start from, or no time left: a missing picture fails no job.
    signal.throwIfAborted();
    return null;
  }
}
