import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  AppError,
  createVidferry,
  type DownloadRequestInput,
  type HostPolicy,
  isAppError,
  type JobId,
  parseSourceUrl,
} from "@vidferry/core";
import { engineOptions, hostPolicy } from "@vidferry/core/compose";
import { localDiskBlobs } from "@vidferry/core/local-disk";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes, UsageError } from "@vidferry/core/program";
import { sqliteStore } from "@vidferry/core/sqlite";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";
import { cookieFileProblem } from "@vidferry/core/yt-dlp";
import type { Invocation } from "../command-line/invocation.ts";
import { jsonVersion } from "../command-line/json-failure.ts";
import { deliver } from "../download/deliver.ts";
import { shareLock, takeLock } from "../download/file-lock.ts";
import { endingForPerson, forPerson, readPersonsRequest } from "../download/for-person.ts";
import { type SavedResult, savedResults } from "../download/saved-files.ts";
import { shapeRequest } from "../download/shape-request.ts";
import { fileSize } from "../file-size.ts";
import type { DownloadFlags } from "../options/download.ts";
import { createBars, createLines, type ProgressDisplay } from "../progress-bars.ts";

/** Videos that are fetched at the same time. */
const parallel = 2;

/** One video to fetch, however many times and in however many notations it was named. */
interface Wanted {
  /** The link as the user wrote it. */
  readonly url: string;
  /** The same for the same request in every command. */
  readonly key: string;
  readonly request: DownloadRequestInput;
}

/**
 * `vidferry download`: no server; state and parts are kept in `.vidferry` inside the target folder until everything is
 * done, so that the same command continues after Ctrl-C or a crash. What was saved is remembered there.
 */
export async function downloadCommand(...all: Parameters<typeof download>): Promise<number> {
  try {
    return await download(...all);
  } catch (error) {
    throw endingForPerson(error);
  }
}

async function download(
  urls: readonly string[],
  flags: DownloadFlags,
  { config: readConfig, terminal, signals }: Invocation,
): Promise<number> {
  if (urls.length === 0) throw new UsageError("which URL? See: vidferry download --help");
  const { out, json = false, cookies } = flags;
  const signal = signals.stop;
  const shape = shapeRequest(flags);
  const requests = urls.map((url) => ({ url, ...shape }));
  const badCookies = cookies === undefined ? null : cookieFileProblem(cookies);
  if (badCookies !== null) throw new UsageError(`--cookies: ${badCookies}`);
  const config = readConfig();
  const wanted = tellApart(requests, hostPolicy(config));
  const directory = resolve(out);
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw new UsageError(`--out: ${directory} cannot be made: ${error instanceof Error ? error.message : "unknown"}`);
  });
  const state = join(directory, ".vidferry");
  const presence = await shareLock(join(state, "lock"), signal).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (presence === null) return exitCodes.interrupted;
  const saved = savedResults(directory, join(state, "saved.jsonl"));
  const files = localDiskBlobs({ directory: join(state, "files") });
  const store = sqliteStore({ path: join(state, "jobs.db"), clock: systemClock });
  const { workDir: _, ...engine } = engineOptions(
    cookies === undefined ? config : { ...config, COOKIES_FILE: cookies },
  );
  const recordsLive = config.ALLOW_LIVE === "on" || requests.some(({ live }) => live !== undefined);
  const vidferry = createVidferry({
    ...engine,
    ...(recordsLive && { liveSeconds: config.LIVE_MAX_SECONDS }),
    dataDir: state,
    database: store,
    blobs: files,
    ids: createIdGenerator(),
    logger:
      config.LOG_LEVEL === "debug"
        ? createPinoLogger({ level: "debug", destination: process.stderr })
        : createSilentLogger(),
    maxAttempts: config.MAX_ATTEMPTS,
    limits: {
      maxFileBytes: config.MAX_FILE_BYTES,
      stallMs: config.STALL_TIMEOUT_SECONDS * 1000,
      timeoutMs: config.JOB_TIMEOUT_SECONDS * 1000,
      recordsLive,
    },
  });
  const display: ProgressDisplay = json
    ? silent
    : terminal.interactive
      ? createBars(terminal.note)
      : createLines(terminal.note);
  const report = (url: string, fields: object) =>
    terminal.out(JSON.stringify({ version: jsonVersion, url, ...fields }));
  let failed = 0;

  const showResult = ({ url }: Wanted, { media, files }: SavedResult, existing: boolean) => {
    const paths = files.map(({ name, bytes }) => ({ path: join(directory, name), bytes }));
    if (json) return report(url, { event: "done", ...(existing ? { existing } : {}), media, files: paths });
    const verb = existing ? "already here:" : "saved";
    const lines = paths.map(({ path, bytes }) => `${verb} ${path} (${fileSize(bytes)})`);
    display.finish(url, lines.join("\n"));
  };

  /** Whether all of it is there already, from this command or an earlier one. */
  const isHere = async (one: Wanted): Promise<boolean> => {
    const known = await saved.find(one.key);
    if (!known?.complete || (await saved.intact(known.files)).length < known.files.length) return false;
    showResult(one, known, true);
    return true;
  };

  const fetchOne = async (one: Wanted, isRepeated = false): Promise<void> => {
    const { url, key, request } = one;
    const job = await vidferry.download(request, {
      signal,
      resumeAs: key,
      onProgress: (current) => {
        const { state, stage, waitingFor } = current;
        if (json) report(url, { event: "progress", state, stage, ...current.progress, waitingFor });
        else display.show(url, current);
      },
    });
    const row = await store.jobs.get(job.id as JobId, null);
    if (row === null) throw new AppError("not_found", "The finished download is gone.");
    const result = await deliver(row, key, { directory, saved, pathOf: (path) => files.pathOf(path) }).catch(
      (error: unknown) => {
        // The files are gone, after a crash or deleted by hand: download again.
        if (!isRepeated && error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      },
    );
    await vidferry.remove(job.id);
    if (result === null) return fetchOne(one, true);
    for (const warning of job.warnings) {
      if (json) report(url, { event: "warning", ...warning });
      else terminal.note(`warning: ${warning.detail}`);
    }
    showResult(one, result, false);
  };

  const handle = async (one: Wanted): Promise<void> => {
    const { url, key } = one;
    try {
      const wait = () => {
        if (!json) terminal.note(`already running: another command downloads ${url} to ${directory}; waiting for it`);
      };
      const lock = await takeLock(join(state, "locks", key), signal, wait);
      try {
        if (!(await isHere(one))) await fetchOne(one);
      } finally {
        lock.release();
      }
    } catch (error) {
      if (signal.aborted) return;
      failed += 1;
      const { code, detail, hint } = forPerson(error);
      if (json) report(url, { event: "error", code, detail, hint });
      else display.finish(url, `failed ${url}: ${detail}${hint === null ? "" : `\n  ${code}: ${hint}`}`);
    }
  };
  const waiting = [...wanted];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) await handle(next);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, wanted.length) }, lane));
    if (!signal.aborted && presence.tryAlone()) {
      await tidy().catch((error: unknown) => {
        // The cause, such as a full disk, was already printed for the download.
        if (failed === 0) throw error;
      });
    }
  } finally {
    display.stop();
    await vidferry.close();
    presence.release();
  }
  if (signal.aborted) {
    terminal.note("stopped; the same command again continues");
    return exitCodes.interrupted;
  }
  return failed === 0 ? exitCodes.done : exitCodes.failed;

  /** Leaves nothing but what was saved, and what an interrupted command can continue from. */
  async function tidy(): Promise<void> {
    // A failed download has nothing to continue from; one that was saved has only its row left.
    for (const job of await vidferry.list({ states: ["failed", "canceled"] })) await vidferry.remove(job.id);
    const complete = await saved.completeJobs();
    for (const job of await vidferry.list({ states: ["succeeded"] }))
      if (complete.has(job.id)) await vidferry.remove(job.id);
    if ((await vidferry.list({ limit: 1 })).length > 0) return;
    await vidferry.close();
    const kept = complete.size === 0 ? [] : ["saved.jsonl", "lock"];
    await removeAllBut(state, kept);
  }
}

const silent: ProgressDisplay = { show: () => undefined, finish: () => undefined, stop: () => undefined };

/** Checks every request, and names each video once. Throws {@link UsageError}. */
function tellApart(requests: readonly DownloadRequestInput[], hosts: HostPolicy): readonly Wanted[] {
  const wanted = requests.map((written) => {
    const request = readPersonsRequest({ ...written, url: canonical(written.url, hosts) });
    return { url: written.url, key: createHash("sha256").update(JSON.stringify(request)).digest("hex"), request };
  });
  return wanted.filter(({ key }, index) => wanted.findIndex((other) => other.key === key) === index);
}

/** The one notation of a link; what is wrong with it is said when it is its turn. */
function canonical(url: string, hosts: HostPolicy): string {
  try {
    return parseSourceUrl(url, hosts).url;
  } catch (error) {
    if (isAppError(error)) return url;
    throw error;
  }
}

async function removeAllBut(folder: string, kept: readonly string[]): Promise<void> {
  if (kept.length === 0) return rm(folder, { recursive: true, force: true });
  for (const name of await readdir(folder))
    if (!kept.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
}
