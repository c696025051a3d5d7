import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import {
  type Config,
  createVidferry,
  type DownloadRequestInput,
  isAppError,
  type JobResource,
  readRequest,
  type Vidferry,
} from "@vidferry/core";
import { engineOptions } from "@vidferry/core/compose";
import { localDiskBlobs } from "@vidferry/core/local-disk";
import { sqliteStore } from "@vidferry/core/sqlite";
import { createIdGenerator, createPinoLogger, createSilentLogger, systemClock } from "@vidferry/core/system";
import { downloadHelp, readDownloadArguments } from "../download-arguments.ts";
import { exitCodes, UsageError } from "../exit-codes.ts";
import { createBars, createLines, type ProgressDisplay } from "../progress-bars.ts";
import type { Terminal } from "../terminal.ts";

/** Videos that are fetched at the same time. */
const parallel = 2;

/**
 * `vidferry download`: no server; state and parts are kept in `.vidferry` inside the target folder until everything is
 * done, so that the same command continues after Ctrl-C or a crash.
 */
export async function downloadCommand(
  args: readonly string[],
  config: Config,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.out(downloadHelp);
    return exitCodes.done;
  }
  const { requests, out, json } = readDownloadArguments(args);
  for (const request of requests) readRequest(request);
  const directory = resolve(out);
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw new UsageError(`--out: ${directory} cannot be made: ${error instanceof Error ? error.message : "unknown"}`);
  });
  const state = join(directory, ".vidferry");
  const files = localDiskBlobs({ directory: join(state, "files") });
  const { workDir: _, ...engine } = engineOptions(config);
  const vidferry = createVidferry({
    ...engine,
    dataDir: state,
    store: sqliteStore({ path: join(state, "jobs.db"), clock: systemClock }),
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
    },
  });
  const display: ProgressDisplay = json
    ? silent
    : terminal.interactive
      ? createBars(terminal.note)
      : createLines(terminal.note);
  let failed = 0;
  const fetchOne = async (request: DownloadRequestInput): Promise<void> => {
    const report = (fields: Record<string, unknown>) => terminal.out(JSON.stringify({ url: request.url, ...fields }));
    try {
      const job = await vidferry.download(request, {
        signal,
        resumeAs: createHash("sha256").update(JSON.stringify(request)).digest("hex"),
        onProgress: (current) => {
          if (json) report({ event: "progress", state: current.state, stage: current.stage, ...current.progress });
          else display.show(request.url, current);
        },
      });
      const saved = await deliver(vidferry, job, directory, (key) => files.pathOf(key));
      for (const warning of job.warnings) {
        if (json) report({ event: "warning", ...warning });
        else terminal.note(`warning: ${warning.detail}`);
      }
      if (json) report({ event: "done", media: job.media, files: saved });
      else
        display.finish(
          request.url,
          saved.map((file) => `saved ${file.path} (${(file.bytes / 1e6).toFixed(1)} MB)`).join("\n"),
        );
    } catch (error) {
      if (signal.aborted) return;
      failed += 1;
      const known = isAppError(error) ? error : null;
      const detail = known?.message ?? "Something went wrong inside Vidferry; LOG_LEVEL=debug tells more.";
      if (json) report({ event: "error", code: known?.code ?? "internal_error", detail, hint: known?.hint ?? null });
      else
        display.finish(
          request.url,
          `failed ${request.url}: ${detail}${known ? `\n  ${known.code}: ${known.hint}` : ""}`,
        );
    }
  };
  const waiting = [...requests];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift())
      await fetchOne(next);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, requests.length) }, lane));
  } finally {
    display.stop();
  }
  if (signal.aborted) {
    await vidferry.close();
    terminal.note("stopped; the same command again continues");
    return exitCodes.interrupted;
  }
  // A failed download has nothing to continue from; an interrupted one of an earlier command does.
  for (const job of await vidferry.list({ states: ["failed", "canceled"] })) await vidferry.remove(job.id);
  const unfinished = (await vidferry.list({ limit: 1 })).length > 0;
  await vidferry.close();
  if (!unfinished) await rm(state, { recursive: true, force: true });
  return failed === 0 ? exitCodes.done : exitCodes.failed;
}

const silent: ProgressDisplay = { show: () => undefined, finish: () => undefined, stop: () => undefined };

/** Moves the results out of the state folder under their real names; a name that is taken gets a number. */
async function deliver(
  vidferry: Vidferry,
  job: JobResource,
  directory: string,
  pathOf: (key: string) => Promise<string>,
): Promise<{ path: string; bytes: number }[]> {
  const saved: { path: string; bytes: number }[] = [];
  for (const artifact of job.artifacts) {
    const opened = await vidferry.file(job.id, artifact.id);
    await opened.blob.body.cancel();
    const path = freeName(directory, artifact.fileName);
    await rename(await pathOf(opened.artifact.storageKey), path);
    saved.push({ path, bytes: artifact.bytes });
  }
  await vidferry.remove(job.id);
  return saved;
}

function freeName(directory: string, fileName: string): string {
  const { name, ext } = parse(fileName);
  for (let number = 1; ; number++) {
    const path = join(directory, number === 1 ? fileName : `${name} (${number})${ext}`);
    if (!existsSync(path)) return path;
  }
}
