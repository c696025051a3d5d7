import { UsageError } from "@vidferry/core/program";
import { type Batch, type DownloadJob, NotFoundError, type Vidferry } from "@vidferry/sdk";
import type { Invocation } from "../command-line/invocation.ts";
import { jsonVersion } from "../command-line/json-failure.ts";
import { openFolder, type TargetFolder } from "../download/open-folder.ts";
import { readLinks } from "../download/read-links.ts";
import type { Report } from "../download/report.ts";
import { readCount } from "../download/settings.ts";
import { shapeRequest } from "../download/shape-request.ts";
import type { RequestFlags } from "../options/request.ts";
import type { ServerFlags } from "../options/server.ts";
import { openClient } from "../remote/client.ts";
import { titleFilter } from "../remote/remote-entries.ts";
import { inLanes, jsonOf, type ReportFlags, reported, told } from "../remote/reported.ts";
import { savedFilesOf, saveJob } from "../remote/save-job.ts";
import { digestOf, type RemoteWanted, type RemoteWishes, sourceOf, wantedOf, wantedVideos } from "../remote/wanted.ts";

/** Options of `vidferry remote get`. */
export interface RemoteGetFlags extends RequestFlags, ServerFlags, ReportFlags {
  readonly input?: string | undefined;
  readonly limit?: string | undefined;
  readonly match?: string | undefined;
  readonly new?: true | undefined;
  readonly jobs?: string | undefined;
  readonly detach?: true | undefined;
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
  if (flags.detach && flags.new) throw new UsageError("--new: does not go with --detach, which saves nothing here");
  const shape = shapeRequest(flags);
  const [limit, jobs] = [readCount(flags.limit, "--limit", 1_000_000), readCount(flags.jobs, "--jobs", mostJobs)];
  titleFilter(flags.match);
  for (const url of links) wantedOf(url, shape);
  const tell = (message: string, fields: object) => it.terminal.note(`${message} ${JSON.stringify(fields)}`);
  const logger = flags.verbose ? { debug: tell, warn: tell } : undefined;
  const vidferry = await openClient(flags, it.environment, logger);
  const signal = it.signals.stop;
  const wishes = { shape, match: flags.match, limit, signal };
  return await reported(flags, it, async (report, directory) => {
    const lanes = jobs ?? standardJobs;
    if (flags.detach) return await detach({ vidferry, links, wishes, report, it, isJson: flags.json === true });
    const folder = await openFolder(directory, signal);
    if (folder === null) return;
    try {
      const known = flags.new ? await folder.saved.everSaved(shape.output?.type ?? "video") : null;
      const wanted = wantedVideos(vidferry, links, { ...wishes, known }, report);
      await inLanes(lanes, wanted, signal, (one) =>
        told(report, one.url, signal, () => save(vidferry, folder, one, report, signal)),
      );
    } finally {
      await folder.close();
    }
  });
}

/** Has the video made and saves it, unless it is here already. */
async function save(
  vidferry: Vidferry,
  { directory, saved }: TargetFolder,
  wanted: RemoteWanted,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { url, link, key, request } = wanted;
  const before = await saved.find(key);
  if (before?.complete && (await saved.intact(before.files)).length === before.files.length)
    return report.existing(url, before);
  const job = await submit(vidferry, wanted, signal);
  const result = await saveJob(vidferry, url, job, { directory, report, signal });
  await saved.write({
    ...{ version: 1, key, jobId: job.id, number: 1, media: result.job.media, complete: true },
    ...{ files: await savedFilesOf(directory, result), url: link, output: request.output?.type ?? "video" },
  });
}

/** The job of a request: the one of an earlier call of the same command, if the server still has it; one that failed is queued again. */
async function submit(vidferry: Vidferry, { request }: RemoteWanted, signal: AbortSignal): Promise<DownloadJob> {
  const input = request as Parameters<Vidferry["downloads"]["create"]>[0];
  // Of what is sent: the server refuses a key that comes again with other words, be it those of the same video.
  const idempotencyKey = `cli-${digestOf(request)}`;
  try {
    const job = await vidferry.downloads.create(input, { idempotencyKey, signal });
    return job.state === "failed" || job.state === "canceled"
      ? await vidferry.downloads.retry(job.id, { signal })
      : job;
  } catch (error) {
    // It was deleted since, as when it had expired.
    if (!(error instanceof NotFoundError)) throw error;
    return await vidferry.downloads.create(input, { signal });
  }
}

/** `--detach`: a job of each video, and a batch of each list, which the server reads by itself. */
async function detach(all: {
  readonly vidferry: Vidferry;
  readonly links: readonly string[];
  readonly wishes: Omit<RemoteWishes, "known">;
  readonly report: Report;
  readonly it: Invocation;
  readonly isJson: boolean;
}): Promise<void> {
  const { vidferry, wishes, report, it, isJson } = all;
  const { signal, shape } = wishes;
  for (const link of new Set(all.links)) {
    if (signal.aborted) return;
    await told(report, link, signal, async () => {
      const source = sourceOf(link);
      if (source === null || source.kind === "video") {
        const job = await submit(vidferry, wantedOf(link, shape), signal);
        return it.terminal.out(isJson ? jsonOf(job) : job.id);
      }
      const batch = await submitList(vidferry, link, wishes);
      it.terminal.out(isJson ? JSON.stringify({ version: jsonVersion, event: "batch", batch }) : batch.id);
    });
  }
}

/** The batch of a list, also when the command is repeated because its answer was lost. */
async function submitList(
  vidferry: Vidferry,
  url: string,
  { shape, match, limit, signal }: Omit<RemoteWishes, "known">,
): Promise<Batch> {
  const source = { url, ...(limit !== null && { limit }), ...(match !== undefined && { match: { title: match } }) };
  const request = { source, request: shape } as Parameters<Vidferry["batches"]["create"]>[0];
  // Once an hour it may have grown.
  const hour = Math.floor(Date.now() / 3_600_000);
  return await vidferry.batches.create(request, { idempotencyKey: `cli-${digestOf([request, hour])}`, signal });
}
