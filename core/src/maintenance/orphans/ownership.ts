import type { Database } from "../../database/database.ts";
import type { BlobStore } from "../../library/blob-store.ts";
import type { DeploymentMark } from "../../library/deployment-mark.ts";
import type { WorkFolders } from "../../pipeline/work-folders.ts";
import type { DeploymentId, JobId } from "../../runtime/ids.ts";
import { attemptOfKey } from "./attempt-files.ts";

/** A location with files of jobs: the storage, or the work folders of a host. */
export interface FileLocation {
  /** Subject of messages, capitalised. */
  readonly name: string;
  /** The environment variable that configures it. */
  readonly variable: string;
  readonly mark: DeploymentMark;
  /** The jobs that have files there; a job may occur more than once. */
  jobs(): AsyncIterable<JobId>;
}

/** Which deployment a location belongs to. Files that the database does not know may be deleted only in a location of its own. */
export type Ownership =
  | { readonly kind: "ours"; readonly id: DeploymentId }
  | { readonly kind: "foreign"; readonly mark: string }
  | { readonly kind: "unmarked" };

/** How many of the newest jobs are looked up before a location without a mark is claimed, and how many of them may be unknown. */
const newest = 100;
const mayBeUnknown = 0.1;

/** The storage as a location. */
export function storageLocation(blobs: BlobStore): FileLocation {
  return {
    name: "The storage",
    variable: "STORAGE_URL",
    mark: blobs.mark,
    async *jobs() {
      for await (const { key } of blobs.list("jobs/")) {
        const attempt = attemptOfKey(key);
        if (attempt !== null) yield attempt.jobId;
      }
    },
  };
}

/** The work folders of this host as a location. */
export function workFoldersLocation(workFolders: WorkFolders): FileLocation {
  return {
    name: "The folder for work",
    variable: "WORK_DIR",
    mark: workFolders.mark,
    async *jobs() {
      yield* await workFolders.list();
    },
  };
}

/** The owner of a location, by its mark alone. Writes nothing. */
export async function ownerOf(store: Database, { mark }: Pick<FileLocation, "mark">): Promise<Ownership> {
  const { id } = await store.deployment();
  return judge(id, await mark.read());
}

/**
 * The owner of a location; one without a mark is claimed when that is safe: it has no files of jobs, or this database knows
 * the jobs whose files it has, as after an upgrade from a version without marks. A new or wrong database knows none of them;
 * one that was restored or copied does not know the newest.
 */
export async function claimLocation(store: Database, location: FileLocation): Promise<Ownership> {
  const { id } = await store.deployment();
  const mark = await location.mark.read();
  if (mark !== null || !(await knowsJobsOf(store, location))) return judge(id, mark);
  return judge(id, await location.mark.claim(id));
}

function judge(id: DeploymentId, mark: string | null): Ownership {
  if (mark === null) return { kind: "unmarked" };
  return mark === id ? { kind: "ours", id } : { kind: "foreign", mark };
}

async function knowsJobsOf(store: Database, location: FileLocation): Promise<boolean> {
  const ids = await newestJobs(location);
  let unknown = 0;
  for (const [index, id] of ids.entries()) {
    if ((await store.jobs.get(id, null)) !== null) continue;
    if (index === 0) return false;
    unknown += 1;
  }
  return unknown <= ids.length * mayBeUnknown;
}

/** The newest jobs with files in a location, newest first: ids are ordered by time. */
async function newestJobs(location: FileLocation): Promise<readonly JobId[]> {
  let ids = new Set<JobId>();
  const cut = () => [...ids].sort((one, other) => (one < other ? 1 : -1)).slice(0, newest);
  for await (const id of location.jobs()) {
    ids.add(id);
    if (ids.size >= 10 * newest) ids = new Set(cut());
  }
  return cut();
}
