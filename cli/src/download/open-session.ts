import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore, Config, Database, Vidferry } from "@vidferry/core";
import { composeVidferry, type EngineOptions, engineOptions } from "@vidferry/core/compose";
import { localDiskBlobs } from "@vidferry/core/local-disk";
import { createPinoLogger } from "@vidferry/core/pino";
import { sqliteStore } from "@vidferry/core/sqlite";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";
import { openFolder } from "./open-folder.ts";
import type { SavedResults } from "./saved-files.ts";

/** What downloads into a folder need: state and parts are kept in `.vidferry` inside it until everything is done. */
export interface Session {
  readonly vidferry: Vidferry;
  readonly database: Database;
  readonly saved: SavedResults;
  readonly directory: string;
  /** `.vidferry` inside the folder. */
  readonly state: string;
  /** Where the file of a storage key lies. */
  readonly pathOf: (key: string) => Promise<string>;
  /**
   * Leaves nothing but what was saved, and what an interrupted command can continue from, if no other command works in the
   * folder.
   */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly directory: string;
  readonly config: Config;
  /** Of the engine, in place of the configuration's. */
  readonly engine: Partial<EngineOptions>;
  readonly recordsLive: boolean;
  readonly verbose: boolean;
  readonly signal: AbortSignal;
}

/** Opens the folder; null when the signal aborts while another command has it alone. Throws {@link UsageError} for one that cannot be made. */
export async function openSession(options: SessionOptions): Promise<Session | null> {
  const { config, directory, recordsLive, signal } = options;
  const folder = await openFolder(directory, signal);
  if (folder === null) return null;
  const { state, saved, presence } = folder;
  const files: BlobStore & { pathOf(key: string): Promise<string> } = localDiskBlobs({
    directory: join(state, "files"),
  });
  const database = sqliteStore({ path: join(state, "jobs.db"), clock: systemClock });
  const { workDir: _, ...engine } = engineOptions(config);
  const vidferry = composeVidferry({
    ...engine,
    ...(recordsLive && { liveSeconds: config.LIVE_MAX_SECONDS }),
    ...options.engine,
    dataDir: state,
    database,
    blobs: files,
    ids: createIdGenerator(),
    logger:
      options.verbose || config.LOG_LEVEL === "debug"
        ? createPinoLogger({ level: "debug", destination: process.stderr })
        : createSilentLogger(),
    maxAttempts: config.MAX_ATTEMPTS,
    // How many run is for the command to say.
    concurrency: Number.MAX_SAFE_INTEGER,
    limits: {
      maxFileBytes: config.MAX_FILE_BYTES,
      stallMs: config.STALL_TIMEOUT_SECONDS * 1000,
      timeoutMs: config.JOB_TIMEOUT_SECONDS * 1000,
      recordsLive,
    },
  });

  const tidy = async (): Promise<void> => {
    if (!presence.tryAlone()) return;
    // A failed download has nothing to continue from; one that was saved has only its row left.
    for (const job of await vidferry.list({ states: ["failed", "canceled"] })) await vidferry.remove(job.id);
    const complete = await saved.completeJobs();
    for (const job of await vidferry.list({ states: ["succeeded"] }))
      if (complete.has(job.id)) await vidferry.remove(job.id);
    if ((await vidferry.list({ limit: 1 })).length > 0) return;
    await vidferry.close();
    const kept = complete.size === 0 ? [] : ["saved.jsonl", "lock"];
    await removeAllBut(state, kept);
  };

  return {
    ...{ vidferry, database, saved, directory, state, tidy },
    pathOf: (key) => files.pathOf(key),
    close: async () => {
      await vidferry.close();
      presence.release();
    },
  };
}

async function removeAllBut(folder: string, kept: readonly string[]): Promise<void> {
  if (kept.length === 0) return rm(folder, { recursive: true, force: true });
  for (const name of await readdir(folder))
    if (!kept.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
}
