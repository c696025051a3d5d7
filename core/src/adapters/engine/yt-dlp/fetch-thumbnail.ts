import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ResolveOptions } from "../../../pipeline/downloader.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { FileTooLarge, NotTransferable, RequestRefused, type Source } from "../transfer/index.ts";
import { loadArgs } from "./command-line.ts";
import type { Engine } from "./engine.ts";
import { publicMessage } from "./public-message.ts";
import type { Resolver } from "./resolve.ts";
import type { SmallFiles } from "./small-files.ts";
import { openWorkArea, type WorkArea } from "./work-area.ts";

const deadlineMs = 60_000;
const maxThumbnailBytes = 32 << 20;

/** With what a thumbnail is fetched. */
export interface ThumbnailTools {
  readonly engine: Pick<Engine, "run">;
  readonly resolver: Pick<Resolver, "plan">;
  /** Null: yt-dlp fetches it. */
  readonly files: SmallFiles | null;
  readonly logger: Logger | undefined;
}

type Run = Pick<ResolveOptions, "egress" | "signal">;

/** Fetches the best thumbnail there is as JPEG, PNG or WebP; null when there is none. Only an abort rejects. */
export async function fetchThumbnailFile(
  tools: ThumbnailTools,
  { folder, egress, signal }: ResolveOptions,
): Promise<string | null> {
  signal.throwIfAborted();
  try {
    const area = await openWorkArea(folder.path);
    await rm(area.thumbnail, { recursive: true, force: true });
    await mkdir(area.thumbnail, { recursive: true });
    const { pictures } = await tools.resolver.plan(area);
    const found = pictures === null ? undefined : await fetchPicture(tools, pictures, area, { egress, signal });
    return found === undefined ? await runForThumbnail(tools.engine, area, { egress, signal }) : found;
  } catch {
    // It may be that there is no info to start from, or no time left: a missing picture fails no job.
    signal.throwIfAborted();
    return null;
  }
}

/** The first of these that is a picture, fetched without yt-dlp; null: none is one; undefined: they are left to yt-dlp. */
async function fetchPicture(
  { files, logger }: ThumbnailTools,
  pictures: readonly Source[],
  area: WorkArea,
  { egress, signal }: Run,
): Promise<string | null | undefined> {
  if (pictures.length === 0) return null;
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const client = (await files?.open(egress, inTime)) ?? null;
  if (client === null) return undefined;
  const path = join(area.thumbnail, "direct");
  try {
    for (const source of pictures) {
      try {
        await client.fetch(source, path, maxThumbnailBytes);
        const extension = await pictureExtension(path);
        if (extension !== null) {
          const named = join(area.thumbnail, `thumbnail.${extension}`);
          await rename(path, named);
          return named;
        }
        await rm(path);
      } catch (error) {
        // Sites name pictures that do not exist; the next smaller one may.
        if (error instanceof RequestRefused || error instanceof FileTooLarge) continue;
        if (!(error instanceof NotTransferable)) throw error;
        logger?.debug("the thumbnail is left to yt-dlp", { reason: publicMessage(error.message) });
        return undefined;
      }
    }
    return null;
  } finally {
    client.close();
  }
}

/** By its first bytes: what a site calls a picture may be a page. Null: none of the formats that are read. */
async function pictureExtension(path: string): Promise<string | null> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
    const start = buffer.toString("latin1", 0, bytesRead);
    if (start.startsWith("\xff\xd8\xff")) return "jpg";
    if (start.startsWith("\x89PNG\r\n")) return "png";
    return /^RIFF.{4}WEBP$/s.test(start) ? "webp" : null;
  } finally {
    await file.close();
  }
}

async function runForThumbnail(
  engine: Pick<Engine, "run">,
  area: WorkArea,
  { egress, signal }: Run,
): Promise<string | null> {
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
}
