import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { onDisk } from "./on-disk.ts";

/** Where yt-dlp's things lie inside a job's work folder. The names never change, so that another attempt finds the parts. */
export interface WorkArea {
  /** The info JSON of the link; contains signed URLs, mode 0600. */
  readonly info: string;
  /** The plan made from it. */
  readonly plan: string;
  /** Names of what was found at the link and led to links that were refused. */
  readonly refused: string;
  /** Finished streams. */
  readonly media: string;
  /** Partial ones. */
  readonly parts: string;
  /** What was recorded of a live stream. */
  readonly recording: string;
  /** Partial ones that are fetched without yt-dlp. */
  readonly directParts: string;
  readonly captions: string;
  readonly thumbnail: string;
  /** Home and temporary folder of the children. */
  readonly home: string;
}

/** Makes the folders that are missing; `root` is the job's work folder. */
export async function openWorkArea(root: string): Promise<WorkArea> {
  const base = join(root, "yt-dlp");
  const area: WorkArea = {
    info: join(base, "info.json"),
    plan: join(base, "plan.json"),
    refused: join(base, "refused"),
    media: join(base, "media"),
    parts: join(base, "parts"),
    recording: join(base, "recording"),
    directParts: join(base, "direct-parts"),
    captions: join(base, "captions"),
    thumbnail: join(base, "thumbnail"),
    home: join(base, "home"),
  };
  await onDisk(mkdir(area.home, { recursive: true, mode: 0o700 }));
  return area;
}
