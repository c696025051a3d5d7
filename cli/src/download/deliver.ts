import { lstat, mkdir } from "node:fs/promises";
import { dirname, extname, join, posix } from "node:path";
import { cutToBytes, type Job, type StoredArtifact } from "@vidferry/core";
import { placeFile, takeBack } from "./place-file.ts";
import type { SavedFile, SavedResult, SavedResults } from "./saved-files.ts";

export interface DeliverOptions {
  readonly directory: string;
  readonly saved: SavedResults;
  /** Keep what was saved of the same request, and give the new files other names. */
  readonly force?: boolean;
  /** Where the file of a storage key lies. */
  readonly pathOf: (key: string) => Promise<string>;
}

/**
 * How much of a title every file system in use takes: encrypted shares of a NAS and encrypted homes (eCryptfs) have 143 bytes
 * for a name, of which the number and the endings (`.en-US.vtt`) need some.
 */
const narrowBytes = 115;

/**
 * Gives the results of a job their names in the target folder and remembers them. All files of a job get the same number
 * when a name is taken, so that players find the subtitles of a video. What is about to be done is written down first:
 * after a crash at any point the same call goes on, and nothing is ever overwritten.
 */
export async function deliver(job: Job, key: string, options: DeliverOptions): Promise<SavedResult> {
  const { directory, saved } = options;
  const known = await saved.find(key);
  const before = options.force && known?.complete ? null : known;
  // Of an earlier download of the same request, of which the user deleted or changed some files: the others stay.
  const kept = before?.complete ? (await saved.intact(before.files)).map(({ name }) => name) : [];
  let longest = Number.POSITIVE_INFINITY;
  for (let number = before?.number ?? 1; ; ) {
    const begun = before?.complete === false && before.jobId === job.id && before.number === number;
    const names = told(job.artifacts.map((artifact) => numbered(artifact, number, longest)));
    const planned: SavedResult = {
      version: 1,
      key,
      jobId: job.id,
      number,
      media: job.media,
      url: job.request.url,
      output: job.request.output.type,
      files: job.artifacts.map(({ bytes, sha256 }, index) => ({
        name: names[index] ?? "",
        bytes,
        sha256,
        modifiedMs: null,
      })),
      complete: false,
    };
    await saved.write(planned);
    const sources = await Promise.all(job.artifacts.map(({ storageKey }) => options.pathOf(storageKey)));
    const moves = planned.files.map(({ name, bytes }, index) => ({ source: sources[index] ?? "", name, bytes }));
    try {
      if (!(await placeAll(moves, { directory, kept, begun }))) {
        number += 1;
        continue;
      }
    } catch (error) {
      const isTooLong = error instanceof Error && "code" in error && error.code === "ENAMETOOLONG";
      if (!isTooLong || longest === narrowBytes) throw error;
      longest = narrowBytes;
      continue;
    }
    const done = { ...planned, files: await Promise.all(planned.files.map(timed)), complete: true };
    await saved.write(done);
    return done;
  }

  async function timed(file: SavedFile): Promise<SavedFile> {
    const stats = await lstat(join(directory, file.name));
    // A file that was kept may have been made by other bytes than the ones of this job.
    const earlier = before?.files.find(({ name }) => kept.includes(name) && name === file.name);
    return { ...(earlier ?? file), modifiedMs: stats.mtimeMs };
  }
}

/** Places all files or none. False when a name is taken. */
async function placeAll(
  moves: readonly { readonly source: string; readonly name: string; readonly bytes: number }[],
  options: { readonly directory: string; readonly kept: readonly string[]; readonly begun: boolean },
): Promise<boolean> {
  const placed: { source: string; target: string }[] = [];
  const undo = async (): Promise<void> => {
    for (const move of placed) await takeBack(move.source, move.target);
  };
  for (const { source, name, bytes } of moves) {
    if (options.kept.includes(name)) continue;
    const target = join(options.directory, name);
    await mkdir(dirname(target), { recursive: true });
    const done = await placeFile(source, target, { bytes, begun: options.begun }).catch(async (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENAMETOOLONG") await undo();
      throw error;
    });
    if (!done) {
      await undo();
      return false;
    }
    placed.push({ source, target });
  }
  return true;
}

/** `Title.en.srt` as the second of its title: `Title (2).en.srt`; of the title at most `longest` bytes. */
function numbered({ fileName, language }: StoredArtifact, number: number, longest: number): string {
  const last = extname(fileName);
  const endings = [`.${language}${last}`, `.info${last}`, last];
  const ending = endings.find((candidate) => fileName.endsWith(candidate)) ?? "";
  const title = fileName.slice(0, fileName.length - ending.length);
  // Each folder of a name has a limit of its own.
  const parts = title.split("/");
  const stem = parts
    .map((part) => (Buffer.byteLength(part) > longest ? cutToBytes(part, longest).trimEnd() : part))
    .join("/");
  return `${stem}${number === 1 ? "" : ` (${number})`}${ending}`;
}

/** The names, told apart where two files of one job would have the same. */
function told(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const ext = posix.extname(name);
    const stem = name.slice(0, name.length - ext.length);
    let free = name;
    for (let more = 2; taken.has(free.toLowerCase()); more += 1) free = `${stem}-${more}${ext}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
