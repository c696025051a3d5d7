import { createHash } from "node:crypto";
import { relative, resolve, sep } from "node:path";
import { AppError, type DownloadRequestInput, defaultHostPolicy, isAppError, parseSourceUrl } from "@vidferry/core";
import { exitCodes, UsageError } from "@vidferry/core/program";
import { type DownloadJob, type JobState, NotFoundError, type Vidferry } from "@vidferry/sdk";
import type { Invocation } from "../command-line/invocation.ts";
import { jsonVersion } from "../command-line/json-failure.ts";
import { readPersonsRequest } from "../download/for-person.ts";
import { readLinks } from "../download/read-links.ts";
import { createReport, type Report } from "../download/report.ts";
import { readCount } from "../download/settings.ts";
import { shapeRequest } from "../download/shape-request.ts";
import type { RequestFlags } from "../options/request.ts";
import type { ServerFlags } from "../options/server.ts";
import { fromServer, openClient, serverFailure } from "../remote/client.ts";
import { remoteEntries, titleFilter } from "../remote/remote-entries.ts";

/** Options of `vidferry remote get`. */
export interface RemoteGetFlags extends RequestFlags, ServerFlags {
  readonly input?: string | undefined;
  readonly limit?: string | undefined;
  readonly match?: string | undefined;
  readonly out?: string | undefined;
  readonly jobs?: string | undefined;
  readonly detach?: true | undefined;
  readonly quiet?: true | undefined;
  readonly json?: true | undefined;
}

const standardJobs = 4;
const mostJobs = 64;

/** `vidferry remote URL…`: jobs on a server, whose files are saved here. */
export async function remoteGetCommand(
  typed: readonly string[],
  flags: RemoteGetFlags,
  it: Invocation,
): Promise<number> {
  const links = await readLinks(typed, flags.input);
  if (links.length === 0) throw new UsageError("which URL? See: vidferry remote get --help");
  const shape = shapeRequest(flags);
  const [limit, jobs] = [readCount(flags.limit, "--limit", 1_000_000), readCount(flags.jobs, "--jobs", mostJobs)];
  titleFilter(flags.match);
  for (const url of links) readPersonsRequest({ ...shape, url });
  const vidferry = await openClient(flags, it.environment);
  const signal = it.signals.stop;
  return await reported(flags, it, async (report, directory) => {
    const wanted = wantedVideos(vidferry, links, { match: flags.match, limit, signal }, report);
    const lane = async (): Promise<void> => {
      for (let next = await wanted.next(); !next.done && !signal.aborted; next = await wanted.next()) {
        const url = next.value;
        await told(report, url, signal, async () => {
          const job = await submit(vidferry, { ...shape, url }, signal);
          if (flags.detach) it.terminal.out(flags.json ? jsonOf(job) : job.id);
          else await saveJob(vidferry, url, job, directory, report, signal);
        });
      }
    };
    await Promise.all(Array.from({ length: jobs ?? standardJobs }, lane));
  });
}

async function* wantedVideos(
  vidferry: Vidferry,
  links: readonly string[],
  options: Parameters<typeof remoteEntries>[2],
  report: Report,
): AsyncGenerator<string, void, void> {
  const seen = new Set<string>();
  for (const link of links) {
    if (!isList(link)) {
      if (!seen.has(link)) yield link;
      seen.add(link);
      continue;
    }
    try {
      for await (const { url, unavailable } of remoteEntries(vidferry, link, options)) {
        if (seen.has(url)) continue;
        seen.add(url);
        if (unavailable === null) yield url;
        else report.skipped(url, "unavailable", unavailable);
      }
    } catch (error) {
      if (!options.signal.aborted) report.failed(link, serverFailure(error));
    }
  }
}

/** Whether the link names a list, as far as it can be told from here; which links are allowed the server decides. */
function isList(link: string): boolean {
  try {
    return parseSourceUrl(link, { ...defaultHostPolicy, allowedHosts: ["*"] }).kind !== "video";
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}

/** The job of a request: the one of an earlier call of the same command, if the server still has it; one that failed is queued again. */
async function submit(vidferry: Vidferry, input: DownloadRequestInput, signal: AbortSignal): Promise<DownloadJob> {
  const request = input as Parameters<Vidferry["downloads"]["create"]>[0];
  const digest = createHash("sha256")
    .update(JSON.stringify(readPersonsRequest(input)))
    .digest("hex");
  try {
    const job = await vidferry.downloads.create(request, { idempotencyKey: `cli-${digest}`, signal });
    return job.state === "failed" || job.state === "canceled"
      ? await vidferry.downloads.retry(job.id, { signal })
      : job;
  } catch (error) {
    // It was deleted since, as when it had expired.
    if (!(error instanceof NotFoundError)) throw error;
    return await vidferry.downloads.create(request, { signal });
  }
}

async function saveJob(
  vidferry: Vidferry,
  url: string,
  job: DownloadJob,
  directory: string,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const onProgress = ({
    job: current,
    savedBytes,
    totalBytes,
  }: {
    job: DownloadJob;
    savedBytes: number;
    totalBytes: number | null;
  }) => {
    if (totalBytes === null) return report.progress(url, current);
    const percent = totalBytes === 0 ? 100 : (savedBytes / totalBytes) * 100;
    const progress = { percent, downloadedBytes: savedBytes, totalBytes, bytesPerSecond: null, etaSeconds: null };
    report.progress(url, { ...current, stage: "downloading", progress });
  };
  const saved = await vidferry.downloads.save(job, `${directory}${sep}`, { signal, onProgress });
  for (const warning of saved.job.warnings) report.warning(url, warning);
  report.saved(url, {
    media: saved.job.media,
    files: saved.files.map(({ artifact, path }) => ({
      name: path === null ? artifact.fileName : relative(directory, path),
      bytes: artifact.bytes,
    })),
  });
}

/** Options of the other commands. */
interface RemoteFlags extends ServerFlags {
  readonly out?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** `vidferry remote follow` and `save`. */
export async function remoteFollowCommand(
  saves: boolean,
  ids: readonly string[],
  flags: RemoteFlags,
  it: Invocation,
): Promise<number> {
  const vidferry = await openClient(flags, it.environment);
  const signal = it.signals.stop;
  return await reported(flags, it, async (report, directory) => {
    const one = (id: string): Promise<void> =>
      told(report, id, signal, async () => {
        if (saves)
          return await saveJob(vidferry, id, await vidferry.downloads.get(id, { signal }), directory, report, signal);
        const done = await vidferry.downloads.wait(id, { signal, onProgress: (job) => report.progress(id, job) });
        report.note(`${id} ${done.state}: ${done.media?.title ?? done.request.url}`);
        if (flags.json) it.terminal.out(jsonOf(done));
      });
    await Promise.all(ids.map(one));
  });
}

/** `vidferry remote cancel` and `retry`. */
export async function remoteMoveCommand(
  move: "cancel" | "retry",
  ids: readonly string[],
  flags: RemoteFlags,
  it: Invocation,
): Promise<number> {
  const vidferry = await openClient(flags, it.environment);
  const signal = it.signals.stop;
  return await reported(flags, it, async (report) => {
    for (const id of ids) {
      await told(report, id, signal, async () => {
        const job = await vidferry.downloads[move](id, { signal });
        it.terminal.out(flags.json ? jsonOf(job) : `${job.id}  ${job.state}`);
      });
    }
  });
}

/** Options of `vidferry remote list`. */
export interface RemoteListFlags extends ServerFlags {
  readonly state?: string | undefined;
  readonly query?: string | undefined;
  readonly limit?: string | undefined;
  readonly json?: true | undefined;
}

/** `vidferry remote list`: the newest jobs. */
export async function remoteListCommand(flags: RemoteListFlags, it: Invocation): Promise<number> {
  const most = readCount(flags.limit, "--limit", 1_000_000) ?? 20;
  const vidferry = await openClient(flags, it.environment);
  const query = {
    ...(flags.state !== undefined && { state: flags.state as JobState }),
    ...(flags.query !== undefined && { q: flags.query }),
  };
  let count = 0;
  try {
    for await (const job of vidferry.downloads.list(
      { ...query, limit: Math.min(most, 100) },
      { signal: it.signals.stop },
    )) {
      it.terminal.out(flags.json ? jsonOf(job) : describe(job));
      count += 1;
      if (count >= most) break;
    }
  } catch (error) {
    if (it.signals.stop.aborted) return exitCodes.interrupted;
    throw fromServer(error);
  }
  if (count === 0 && !flags.json) it.terminal.note("there is no such job");
  return exitCodes.done;
}

const jsonOf = (job: DownloadJob): string => JSON.stringify({ version: jsonVersion, event: "job", job });

const describe = (job: DownloadJob): string => {
  const { id, state, progress, media, request, error, createdAt } = job;
  const how = state === "running" && progress.percent !== null ? `${Math.floor(progress.percent)} %` : "";
  const why = error === null ? "" : `  ${error.code}`;
  return `${id}  ${createdAt.slice(0, 19)}  ${state.padEnd(9)}  ${how.padEnd(4)}  ${media?.title ?? request.url}${why}`;
};

/** Runs a command with a report of it, and gives its exit code. */
async function reported(
  flags: RemoteFlags,
  it: Invocation,
  work: (report: Report, directory: string) => Promise<void>,
): Promise<number> {
  const directory = resolve(flags.out ?? ".");
  const { json = false, quiet = false } = flags;
  const report = createReport(it.terminal, { directory, json, quiet, verbose: false });
  const signal = it.signals.stop;
  signal.addEventListener("abort", report.stop, { once: true });
  const began = performance.now();
  try {
    await work(report, directory);
  } finally {
    report.stop();
  }
  if (signal.aborted) {
    it.terminal.note("stopped; the jobs go on, and the same command again goes on with them");
    return exitCodes.interrupted;
  }
  report.total((performance.now() - began) / 1_000);
  return report.failures === 0 ? exitCodes.done : exitCodes.failed;
}

async function told(report: Report, url: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return;
    // What is wrong with the command or the key is wrong for all of them.
    const ours = fromServer(error);
    if (ours instanceof AppError && ["unauthorized", "forbidden"].includes(ours.code)) throw ours;
    report.failed(url, serverFailure(error));
  }
}
