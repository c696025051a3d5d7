import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { join } from "node:path";
import type { Media } from "@vidferry/core";
import { appendedLines } from "./appended-lines.ts";

/** A result that has its final name. */
export interface SavedFile {
  /** Relative to the target folder, so that the folder may be moved. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Its time when it was saved; while it and the size stay, the content is not read again. */
  readonly modifiedMs: number | null;
}

/** What became of a request in this folder. */
export interface SavedResult {
  /** Of the record's form. */
  readonly version: 1;
  /** The request. */
  readonly key: string;
  readonly jobId: string;
  /** Which of several results of one title this is: 2 stands in its names as `(2)`. */
  readonly number: number;
  readonly media: Media | null;
  readonly files: readonly SavedFile[];
  /** The video's canonical link, and what was made of it. Records of earlier versions lack them. */
  readonly url?: string;
  readonly output?: "video" | "audio" | "transcript";
  /** Whether every file has its name; until then it is what the names are going to be. */
  readonly complete: boolean;
}

/** Remembers what was saved, a JSON object a line: each is written whole or, in a crash, not at all. */
export interface SavedResults {
  /** The latest record of a request. */
  find(key: string): Promise<SavedResult | null>;
  /** The ids of the jobs whose files are all saved. */
  completeJobs(): Promise<ReadonlySet<string>>;
  /** The canonical links of the videos of which an output of this kind was saved once, whatever became of the files. */
  everSaved(output: NonNullable<SavedResult["output"]>): Promise<ReadonlySet<string>>;
  write(result: SavedResult): Promise<void>;
  /** Those of the files that are still as they were saved. */
  intact(files: readonly SavedFile[]): Promise<readonly SavedFile[]>;
}

/** The records of a target folder, kept at `path`. */
export function savedResults(directory: string, path: string): SavedResults {
  const file = appendedLines(path);
  let latest = new Map<string, SavedResult>();
  let complete = new Map<string, SavedResult>();
  const readOn = async (): Promise<void> => {
    const { lines, isAnother } = await file.take();
    if (isAnother) [latest, complete] = [new Map(), new Map()];
    for (const result of lines.flatMap(parse)) {
      latest.set(result.key, result);
      if (result.complete) complete.set(result.jobId, result);
    }
  };
  let reading: Promise<void> = Promise.resolve();
  /** One after the other: two that read at the same time would take the same lines. */
  const readAll = (): Promise<void> => {
    reading = reading.then(readOn, readOn);
    return reading;
  };
  const isIntact = async (file: SavedFile): Promise<boolean> => {
    const target = join(directory, file.name);
    const stats = await lstat(target).catch(() => null);
    if (stats === null || !stats.isFile() || stats.size !== file.bytes) return false;
    return stats.mtimeMs === file.modifiedMs || (await sha256(target)) === file.sha256;
  };
  return {
    find: async (key) => {
      await readAll();
      return latest.get(key) ?? null;
    },
    completeJobs: async () => {
      await readAll();
      return new Set(complete.keys());
    },
    everSaved: async (output) => {
      await readAll();
      return new Set(
        [...complete.values()].flatMap((result) =>
          (result.output ?? output) === output ? (result.url ?? result.media?.webpageUrl ?? []) : [],
        ),
      );
    },
    write: async (result) => {
      const file = await open(path, "a", 0o600);
      try {
        // The line before may have been torn by a crash.
        await file.write(`\n${JSON.stringify(result)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    intact: async (files) => {
      const checked = await Promise.all(files.map(isIntact));
      return files.filter((_, index) => checked[index]);
    },
  };
}

function parse(line: string): SavedResult[] {
  if (line === "") return [];
  try {
    const value = JSON.parse(line) as SavedResult;
    return value.version === 1 ? [value] : [];
  } catch {
    // A line torn by a crash or edited by hand: what it recorded is downloaded again.
    return [];
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
