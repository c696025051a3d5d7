import type { AttemptDeps } from "../../dependencies.ts";
import type { Job } from "../../jobs/job.ts";
import type { StoredArtifact } from "../../library/artifact.ts";
import { safeFilePath } from "../../library/file-name.ts";
import type { Attempt } from "../attempt.ts";
import { contentTypeOf, type ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";

/** Prefix of the files of one attempt: an old attempt can never overwrite files of a newer one. */
function attemptPrefix(job: Pick<Job, "id" | "attempt">): string {
  return `jobs/${job.id}/${job.attempt}/`;
}

/**
 * Puts all files into the blob store; no row references them before the attempt has succeeded. When it fails or is aborted,
 * the files stored so far are deleted again.
 */
export function storeFiles(
  { deps, job }: Attempt,
  results: readonly Step<readonly ResultFile[]>[],
): Step<readonly StoredArtifact[]> {
  return defineStep({
    name: "store",
    stage: "storing",
    weight: 4,
    inputs: Object.fromEntries(results.map((step) => [step.name, step])),
    run: async (values, { signal, report }) => {
      const files = Object.values(values).flat();
      const stored: StoredArtifact[] = [];
      try {
        for (const [index, file] of files.entries()) {
          signal.throwIfAborted();
          const id = deps.ids.next("art");
          const storageKey = `${attemptPrefix(job)}${id}.${file.extension.split(".").at(-1)}`;
          const contentType = contentTypeOf(file.extension);
          const { bytes = 0, sha256 } = file.media ?? {};
          const onProgress = (done: number) =>
            report((index + (bytes > 0 ? Math.min(1, done / bytes) : 0)) / files.length);
          const known = sha256 === undefined ? undefined : { bytes, sha256 };
          const source = { kind: "file", path: file.path, known } as const;
          const blob = await deps.blobs.put(storageKey, source, { contentType, signal, onProgress });
          stored.push({ id, storageKey, contentType, ...blob, ...describe(file) });
        }
        return stored;
      } catch (error) {
        await discardFiles(deps, stored);
        throw error;
      }
    },
  });
}

/** Deletes stored files that no job will name. Never rejects: the maintenance task `orphaned-files` finds files without a row. */
export async function discardFiles(
  deps: Pick<AttemptDeps, "blobs" | "logger">,
  artifacts: readonly StoredArtifact[],
): Promise<void> {
  try {
    await deps.blobs.remove(artifacts.map((artifact) => artifact.storageKey));
  } catch (error) {
    deps.logger.warn("stored files of a stopped attempt could not be deleted; the task orphaned-files will", {
      count: artifacts.length,
      error,
    });
  }
}

function describe(file: ResultFile): Omit<StoredArtifact, "id" | "storageKey" | "contentType" | "bytes" | "sha256"> {
  const streams = file.media?.streams.filter((stream) => !stream.attachedPicture) ?? [];
  const video = streams.find((stream) => stream.kind === "video");
  const audio = streams.find((stream) => stream.kind === "audio");
  return {
    kind: file.kind,
    fileName: safeFilePath(file.name, file.extension),
    language: file.language,
    automatic: file.automatic,
    width: video?.width ?? null,
    height: video?.height ?? null,
    fps: video?.fps ?? null,
    videoCodec: video?.codec ?? null,
    audioCodec: audio?.codec ?? null,
    durationSeconds: file.media?.durationSeconds ?? null,
  };
}
