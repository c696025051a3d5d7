import { JobFailedError, SaveError, VidferryError } from "../errors.ts";
import { type Artifact, type DownloadJob, type DownloadRequest, hasEnded, type SucceededJob } from "../types.ts";
import type { WaitOptions } from "../wait.ts";
import type { OpenBytes } from "./fetch-bytes.ts";
import type { Saved, SaveOptions, SaveTarget } from "./options.ts";
import { filesOf, type Platform } from "./platform.ts";
import { saveToFile } from "./to-file.ts";
import { saveToStream } from "./to-stream.ts";

/** What a save needs of a client. */
export interface SaveSources {
  create(request: DownloadRequest, options: Pick<SaveOptions, "idempotencyKey" | "signal">): Promise<DownloadJob>;
  wait(id: string, options: WaitOptions): Promise<SucceededJob>;
  open(job: DownloadJob, artifact: Artifact, signal: AbortSignal | undefined): OpenBytes;
}

/** Saves the files of a job, which is made or waited for first where needed. See `Downloads.save`. */
export async function save(
  sources: SaveSources,
  what: DownloadJob | DownloadRequest | string,
  target: SaveTarget,
  options: SaveOptions,
): Promise<Saved> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  // Before a job is made that nobody could save.
  const platform = typeof target === "string" ? filesOf() : null;
  if (target === "") throw new VidferryError("save needs the path of a folder or of a file, or a WritableStream.");
  const job = await ended(sources, what, options);
  const folder = platform === null ? null : await folderOf(platform, target as string);
  const artifacts = chosen(job, options.only, folder === null);
  const totalBytes = artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
  const files: Saved["files"][number][] = [];
  let before = 0;
  for (const artifact of artifacts) {
    const file = {
      artifact,
      open: sources.open(job, artifact, signal),
      onBytes: (saved: number) => onProgress?.({ job, artifact, savedBytes: before + saved, totalBytes }),
    };
    if (platform === null) {
      await saveToStream(target as WritableStream<Uint8Array>, file, options);
      files.push({ artifact, path: null });
    } else {
      const path = folder === null ? platform.paths.resolve(target as string) : pathIn(platform, folder, artifact);
      await saveToFile(platform, file, path, options);
      files.push({ artifact, path });
    }
    before += artifact.bytes;
  }
  return { job, files };
}

/** The job when it has succeeded. */
async function ended(
  sources: SaveSources,
  what: DownloadJob | DownloadRequest | string,
  { signal, idempotencyKey, onProgress }: SaveOptions,
): Promise<SucceededJob> {
  const onChange = (job: DownloadJob) => onProgress?.({ job, artifact: null, savedBytes: 0, totalBytes: null });
  if (typeof what !== "string" && "id" in what) {
    if (what.state === "succeeded") return what;
    if (hasEnded(what)) throw new JobFailedError(what);
    return sources.wait(what.id, { signal, onProgress: onChange });
  }
  if (typeof what === "string" && /^job_\w+$/.test(what)) {
    return sources.wait(what, { signal, onProgress: onChange });
  }
  const request = typeof what === "string" ? { url: what } : what;
  const { id } = await sources.create(request, { idempotencyKey, signal });
  return sources.wait(id, { signal, onProgress: onChange });
}

function chosen(job: DownloadJob, only: SaveOptions["only"], isOne: boolean): readonly Artifact[] {
  const fitting = only === undefined ? job.artifacts : job.artifacts.filter(only);
  if (fitting.length > 0) return isOne ? fitting.slice(0, 1) : fitting;
  const why = job.artifacts.length > 0 ? "none that is wanted" : `none any more (it kept them until ${job.expiresAt})`;
  throw new SaveError(`The job ${job.id} has no file to save: ${why}.`, "no_file", null);
}

/** The folder that a path names; null: it names a file. A folder is there, or the path ends as one. */
async function folderOf({ files, paths }: Platform, target: string): Promise<string | null> {
  if (target.endsWith("/") || target.endsWith(paths.sep)) return paths.resolve(target);
  const there = await files.stat(target).catch(() => null);
  return there?.isDirectory() === true ? paths.resolve(target) : null;
}

/** Where in the folder a file belongs: names may have folders of their own, but lead nowhere else, and hide nothing from a person. */
function pathIn({ paths }: Platform, folder: string, { fileName }: Artifact): string {
  const path = paths.resolve(folder, fileName);
  const inside = folder.endsWith(paths.sep) ? folder : folder + paths.sep;
  const quoted = JSON.stringify(fileName);
  if (!path.startsWith(inside) || fileName.includes("\0"))
    throw new SaveError(`The name ${quoted} leads out of ${folder}.`, "unsafe_name", path);
  // Vidferry gives none: it would be a setting of a program or a key.
  if (/(?:^|[/\\])\./.test(fileName))
    throw new SaveError(`The name ${quoted} is that of a hidden file, which no service gives.`, "unsafe_name", path);
  return path;
}
