import { stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { DownloadJob, Saved, SaveProgress, Vidferry } from "@vidferry/sdk";
import type { Report } from "../download/report.ts";
import type { SavedFile } from "../download/saved-files.ts";

/** Saves the files of a job when it has succeeded, and reports how far that is. */
export async function saveJob(
  vidferry: Vidferry,
  url: string,
  job: DownloadJob,
  { directory, report, signal }: { readonly directory: string; readonly report: Report; readonly signal: AbortSignal },
): Promise<Saved> {
  const onProgress = ({ job: current, savedBytes, totalBytes }: SaveProgress) => {
    if (totalBytes === null) return report.progress(url, current);
    const percent = totalBytes === 0 ? 100 : (savedBytes / totalBytes) * 100;
    const progress = { percent, downloadedBytes: savedBytes, totalBytes, bytesPerSecond: null, etaSeconds: null };
    report.progress(url, { ...current, stage: "downloading", progress });
  };
  const saved = await vidferry.downloads.save(job, `${directory}${sep}`, { signal, onProgress });
  for (const warning of saved.job.warnings) report.warning(url, warning);
  const files = saved.files.map(({ artifact, path }) => ({
    name: path === null ? artifact.fileName : relative(directory, path),
    bytes: artifact.bytes,
  }));
  report.saved(url, { media: saved.job.media, files });
  return saved;
}

/** The files as an archive remembers them. */
export function savedFilesOf(directory: string, { files }: Saved): Promise<SavedFile[]> {
  return Promise.all(
    files.map(async ({ artifact: { fileName, bytes, sha256 }, path }) => ({
      ...{ name: path === null ? fileName : relative(directory, path), bytes, sha256 },
      modifiedMs: path === null ? null : (await stat(path)).mtimeMs,
    })),
  );
}
