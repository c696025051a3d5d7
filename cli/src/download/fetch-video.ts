import { join } from "node:path";
import { AppError, type JobId } from "@vidferry/core";
import { deliver } from "./deliver.ts";
import { takeLock } from "./file-lock.ts";
import { forPerson } from "./for-person.ts";
import type { Session } from "./open-session.ts";
import type { Wanted } from "./plan.ts";
import type { Report } from "./report.ts";
import type { SavedResult } from "./saved-files.ts";

export interface FetchVideoOptions {
  /** Download it also when it is there. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/** What is saved of a video, if all of it is still there. */
export async function savedBefore({ saved }: Session, { key }: Wanted): Promise<SavedResult | null> {
  const known = await saved.find(key);
  return known?.complete && (await saved.intact(known.files)).length === known.files.length ? known : null;
}

/** Downloads a video and saves its files, unless they are there. What goes wrong is reported. */
export async function fetchVideo(
  session: Session,
  wanted: Wanted,
  report: Report,
  { force, signal }: FetchVideoOptions,
): Promise<void> {
  const { url, key, request } = wanted;
  const { vidferry, database, saved, directory, state, pathOf } = session;

  const download = async (isRepeated = false): Promise<void> => {
    const job = await vidferry.download(request, {
      signal,
      resumeAs: key,
      onProgress: (current) => report.progress(url, current),
    });
    const row = await database.jobs.get(job.id as JobId, null);
    if (row === null) throw new AppError("not_found", "The finished download is gone.");
    const result = await deliver(row, key, { directory, saved, force, pathOf }).catch((error: unknown) => {
      // The files are gone, after a crash or deleted by hand: download again.
      if (!isRepeated && error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw error;
    });
    await vidferry.remove(job.id);
    if (result === null) return download(true);
    for (const warning of job.warnings) report.warning(url, warning);
    report.saved(url, result);
  };

  try {
    const wait = () => report.note(`already running: another command downloads ${url} to ${directory}; waiting for it`);
    const lock = await takeLock(join(state, "locks", key), signal, wait);
    try {
      const before = force ? null : await savedBefore(session, wanted);
      if (before === null) await download();
      else report.existing(url, before);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!signal.aborted) report.failed(url, forPerson(error));
  }
}
