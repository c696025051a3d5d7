import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localDiskBlobs } from "../adapters/blobs/local-disk/index.ts";
import { cronerCalendar } from "../adapters/croner/index.ts";
import { nameWorker } from "../adapters/engine/process/index.ts";
import { memoryEventLog, memorySignals, memoryStore } from "../adapters/memory/index.ts";
import { storeHintQueue } from "../adapters/store-queue/index.ts";
import { createIdGenerator, createSilentLogger, systemClock } from "../adapters/system/index.ts";
import type { AttemptDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { jobTopic } from "../jobs/event-log.ts";
import type { LoggedEvent } from "../jobs/events.ts";
import { followJob } from "../jobs/follow-job.ts";
import { type Job, localOwner } from "../jobs/job.ts";
import type { JobQuery } from "../jobs/jobs.ts";
import { getJob, removeJob } from "../jobs/manage-job.ts";
import { readRequest } from "../jobs/read-request.ts";
import type { DownloadRequestInput } from "../jobs/request.ts";
import { type JobResource, toJobResource } from "../jobs/resource.ts";
import { submitJob } from "../jobs/submit-job.ts";
import { type OpenedFile, openFile } from "../library/read-file.ts";
import type { Check, Probe, ProbeOptions } from "../pipeline/downloader.ts";
import type { AttemptLimits } from "../pipeline/limits.ts";
import type { AttemptReuse } from "../pipeline/reuse-result.ts";
import { runCheck } from "../pipeline/run-check.ts";
import type { JobId } from "../runtime/ids.ts";
import { together } from "../runtime/together.ts";
import { probeThrough } from "../sources/probe-link.ts";
import { defaultHostPolicy, parseSourceUrl } from "../sources/source-url.ts";
import { closeAll } from "./close-all.ts";
import { composeEngine, type EngineOptions } from "./engine.ts";
import { onExit } from "./on-exit.ts";
import { runToEnd, startAgain } from "./run-to-end.ts";
import { createSharedLock } from "./shared-lock.ts";
import { composeTelemetry } from "./telemetry.ts";

/** What to build on. Everything has a default: jobs in memory, files in a folder, the programs on PATH. */
export interface VidferryOptions extends Partial<AttemptDeps>, Partial<Omit<EngineOptions, "workDir">> {
  /** Folder for results (`files/`) and for files that are being made (`work/`). Default: a temporary one, deleted by `close`. */
  readonly dataDir?: string;
  readonly limits?: Partial<AttemptLimits>;
  /** Attempts of a download with temporary failures. Default: 3. */
  readonly maxAttempts?: number;
  /** Downloads that run at a time; further ones wait, in the order of their calls. Default: 2. */
  readonly concurrency?: number;
}

export interface DownloadOptions {
  /** Called with the whole job at each change of state or stage, and with each progress in between. */
  readonly onProgress?: (job: JobResource) => void;
  /** Stops the download; `download` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * A name under which this download continues: with a lasting store, a call with the same name after an abort or a
   * crash goes on where it stopped, at once, also in the pause before another try. Without a name whatever ends the
   * download early, an abort, a failure, `close` or `process.exit`, deletes the job and its parts.
   */
  readonly resumeAs?: string;
  /**
   * Longest pause before another try that is waited for, in milliseconds; 10 minutes. A download that would have to
   * wait longer (a stream that starts tomorrow, a limited address) rejects with the reason instead.
   */
  readonly maxWaitMs?: number;
}

/** Vidferry inside your program: no server, no queue, no other processes than yt-dlp and FFmpeg. */
export interface Vidferry extends AsyncDisposable {
  /**
   * Downloads one video and resolves with the finished job. Rejects with an `AppError` whose `code` says why it failed.
   */
  download(request: DownloadRequestInput, options?: DownloadOptions): Promise<JobResource>;
  /** What a link offers. */
  probe(url: string, options?: Partial<ProbeOptions>): Promise<Probe>;
  /** The job. Rejects with `not_found`. */
  get(id: string): Promise<JobResource>;
  /** Jobs, newest first. */
  list(query?: Partial<Omit<JobQuery, "owner">>): Promise<readonly JobResource[]>;
  /** The events of a job until it is over. */
  events(
    id: string,
    options?: { readonly lastEventId?: string; readonly signal?: AbortSignal },
  ): AsyncIterable<LoggedEvent>;
  /** The bytes of a result. */
  file(id: string, artifactId: string): Promise<OpenedFile>;
  /** Deletes a job and its files. */
  remove(id: string): Promise<void>;
  /** Looks at the programs, the servers that are set up, the disk, the database and the storage. */
  check(signal?: AbortSignal): Promise<readonly Check[]>;
  /** Stops running downloads, which then reject with `unavailable`, and frees everything. */
  close(): Promise<void>;
}

/** As a worker of the service. */
const defaultConcurrency = 2;

const defaultLimits: AttemptLimits = {
  maxFileBytes: null,
  stallMs: 120_000,
  timeoutMs: 4 * 3_600_000,
  minFreeBytes: 64 * 1024 ** 2,
};

/** Without a service nobody looks after jobs that wait for each other, so they do not. */
const reuse: AttemptReuse = { scope: "owner", maxAgeMs: 7 * 86_400_000, joins: false };

/**
 * Makes a {@link Vidferry} whose messages name settings as the configuration does, for programs that read one: the library's own
 * face is `createVidferry`.
 */
export function composeVidferry(options: VidferryOptions = {}): Vidferry {
  // Attempts share it; one that must run alone has it for itself.
  const attempts = createSharedLock(readConcurrency(options.concurrency));
  const temporary = options.dataDir === undefined ? mkdtempSync(join(tmpdir(), "vidferry-")) : null;
  const dataDir = options.dataDir ?? temporary ?? "";
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? createSilentLogger();
  const telemetry = options.telemetry ?? composeTelemetry({ logger, clock });
  const store = options.database ?? memoryStore({ clock });
  const removeTemporary = () => {
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
  };
  const startEngine = () => {
    try {
      return composeEngine({ ...options, workDir: join(dataDir, "work") }, { clock, logger, telemetry });
    } catch (error) {
      removeTemporary();
      throw error;
    }
  };
  const engine = startEngine();
  const translator = options.translator ?? engine.translator;
  const transcriber = options.transcriber ?? engine.transcriber;
  const deps: AttemptDeps = {
    clock,
    logger,
    database: store,
    ids: options.ids ?? createIdGenerator(),
    telemetry,
    calendar: options.calendar ?? cronerCalendar(),
    queue: options.queue ?? storeHintQueue({ database: store, clock, logger }),
    signals: options.signals ?? memorySignals(),
    events: options.events ?? memoryEventLog({ clock }),
    blobs: options.blobs ?? localDiskBlobs({ directory: join(dataDir, "files") }),
    downloader: options.downloader ?? engine.downloader,
    egresses: options.egresses ?? engine.egresses,
    transcoder: options.transcoder ?? engine.transcoder,
    workFolders: options.workFolders ?? engine.workFolders,
    ...(translator && { translator }),
    ...(transcriber && { transcriber }),
  };
  const servers = { translator: translator !== undefined, transcriber: transcriber !== undefined };
  const isOwnEngine = options.downloader === undefined && options.transcoder === undefined;
  // The engine's own looks at a few links at a time.
  const probe = options.downloader === undefined && options.egresses === undefined ? engine.probe : probeThrough(deps);
  const hosts = options.hosts ?? defaultHostPolicy;
  const worker = nameWorker(deps.ids.next("wrk"));
  const limits = { ...defaultLimits, ...options.limits };

  const work = join(dataDir, "work", "jobs");
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();

  /** Deletes a job that nobody will ask for again, with its parts. Failures are only logged: the caller needs the reason why it ended. */
  const discard = async (id: JobId): Promise<void> => {
    for (const step of [() => removeJob(deps, id, localOwner), () => deps.workFolders.remove(id)])
      await step().catch((error: unknown) => logger.warn("parts of a download are left behind", { jobId: id, error }));
  };

  const run = async (input: DownloadRequestInput, settings: DownloadOptions): Promise<JobResource> => {
    const request = readRequest(input);
    const signal = settings.signal === undefined ? closing.signal : AbortSignal.any([settings.signal, closing.signal]);
    signal.throwIfAborted();
    const submitted = await submitJob(
      deps,
      { hosts, maxAttempts: options.maxAttempts ?? 3, servers, reuse: { ...reuse, retentionMs: null } },
      { owner: localOwner, request, written: input, idempotencyKey: settings.resumeAs ?? null, requestId: null },
    );
    const { id } = submitted.job;
    const isResumable = settings.resumeAs !== undefined;
    const stayed = isResumable ? () => undefined : onExit(() => removeFolders(work, id));
    let unsubscribe: () => void = () => undefined;
    try {
      await startAgain(deps, submitted.job);
      const { onProgress } = settings;
      if (onProgress !== undefined)
        unsubscribe = await deps.events.subscribe(jobTopic(id), reportTo(onProgress, submitted.job));
      const job = await runToEnd(deps, id, {
        worker,
        attempts,
        limits,
        reuse,
        signal,
        maxWaitMs: settings.maxWaitMs ?? 600_000,
      });
      if (job.state === "succeeded") return toJobResource(job);
      const { code = "internal_error", detail = "The job was canceled.", hint } = job.error ?? {};
      throw new AppError(code, detail, hint === undefined ? {} : { hint });
    } catch (error) {
      if (!isResumable) await discard(id);
      throw error;
    } finally {
      stayed();
      unsubscribe();
    }
  };

  const download = (input: DownloadRequestInput, settings: DownloadOptions = {}): Promise<JobResource> => {
    const outcome = run(input, settings);
    running.add(outcome);
    const forget = () => void running.delete(outcome);
    outcome.then(forget, forget);
    return outcome;
  };

  const stayed = temporary === null ? () => undefined : onExit(removeTemporary);
  const closeParts = async () => {
    closing.abort(
      new AppError("unavailable", "Vidferry was closed.", { hint: "Make another one with createVidferry." }),
    );
    // They still write how they ended, so the backends are closed afterwards.
    await Promise.allSettled(running);
    await closeAll([
      engine.close,
      ...[deps.queue, deps.signals, deps.events, deps.blobs, deps.database].map((part) => () => part.close()),
      removeTemporary,
      stayed,
    ]);
  };
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= closeParts();
    return closed;
  };

  return {
    download,
    close,
    [Symbol.asyncDispose]: close,
    probe: async (url, settings = {}) => {
      parseSourceUrl(url, hosts);
      return probe(url, { owner: localOwner, ...settings, signal: settings.signal ?? new AbortController().signal });
    },
    get: async (id) => toJobResource(await getJob(deps, id as JobId, localOwner)),
    list: async (query = {}) =>
      (await deps.database.jobs.list({ limit: 100, ...query, owner: localOwner })).map((job) => toJobResource(job)),
    events: (id, settings = {}) =>
      followJob(deps, id as JobId, localOwner, {
        lastEventId: settings.lastEventId ?? null,
        signal: settings.signal ?? new AbortController().signal,
      }),
    file: (id, artifactId) => openFile(deps, id as JobId, localOwner, artifactId),
    remove: (id) => removeJob(deps, id as JobId, localOwner),
    check: async (signal = new AbortController().signal) => {
      const parts = await together(signal, [
        (either) => (isOwnEngine ? engine.check(either) : deps.downloader.check(either)),
        (either) => (isOwnEngine ? Promise.resolve([]) : deps.transcoder.check(either)),
        (either) => runCheck("store", "Check DATABASE_URL.", () => deps.database.check(either)),
        (either) => runCheck("blobs", "Check STORAGE_URL.", () => deps.blobs.check(either)),
      ]);
      return parts.flat();
    },
  };
}

function readConcurrency(concurrency = defaultConcurrency): number {
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return concurrency;
  const message = "expected a whole number, 1 or more";
  throw new AppError("invalid_request", `\`concurrency\`: ${message}.`, {
    fields: [{ path: "/concurrency", message }],
    hint: "Correct it where `createVidferry` is called.",
  });
}

/** Deletes the work folders of a job without waiting: the process is about to end. */
function removeFolders(work: string, id: JobId): void {
  for (const name of readdirSync(work))
    if (name.split(".")[0] === id) rmSync(join(work, name), { recursive: true, force: true });
}

function reportTo(onProgress: (job: JobResource) => void, job: Job): (event: LoggedEvent | null) => void {
  let latest = toJobResource(job);
  return (event) => {
    if (event === null || event.type === "batch") return;
    latest = event.type === "job" ? event.data : { ...latest, stage: event.data.stage, progress: event.data.progress };
    onProgress(latest);
  };
}
