import { AppError } from "@vidferry/core";
import { exitCodes } from "@vidferry/core/program";
import type { Batch, DownloadJob, JobState, Vidferry } from "@vidferry/sdk";
import type { Invocation } from "../command-line/invocation.ts";
import { jsonVersion } from "../command-line/json-failure.ts";
import type { Report } from "../download/report.ts";
import { readCount } from "../download/settings.ts";
import type { ServerFlags } from "../options/server.ts";
import { childrenOf, isBatchId } from "../remote/children.ts";
import { codeFrom, fromServer, openClient } from "../remote/client.ts";
import { inLanes, jsonOf, type ReportFlags, reported, told } from "../remote/reported.ts";
import { saveJob } from "../remote/save-job.ts";

interface RemoteFlags extends ServerFlags, ReportFlags {}

/** Files that are fetched at the same time. */
const lanes = 4;

/** `vidferry remote follow` and `save`, of jobs and batches. */
export async function remoteFollowCommand(
  saves: boolean,
  ids: readonly string[],
  flags: RemoteFlags,
  it: Invocation,
): Promise<number> {
  const vidferry = await openClient(flags, it.environment);
  const signal = it.signals.stop;
  return await reported(flags, it, async (report, directory) => {
    const save = (job: DownloadJob, name: string) =>
      told(report, name, signal, async () => void (await saveJob(vidferry, name, job, { directory, report, signal })));
    const one = (id: string): Promise<void> =>
      told(report, id, signal, async () => {
        if (saves && isBatchId(id))
          return await inLanes(lanes, childrenOf(vidferry, id, signal), signal, (job) => save(job, job.request.url));
        if (saves) return await save(await vidferry.downloads.get(id, { signal }), id);
        if (isBatchId(id)) return await followBatch(vidferry, id, { report, signal, isJson: flags.json === true, it });
        const done = await vidferry.downloads.wait(id, { signal, onProgress: (job) => report.progress(id, job) });
        report.note(`${id} ${done.state}: ${done.media?.title ?? done.request.url}`);
        if (flags.json) it.terminal.out(jsonOf(done));
      });
    await Promise.all(ids.map(one));
  });
}

/** Tells how many jobs of a batch are over, and in the end what became of them. */
async function followBatch(
  vidferry: Vidferry,
  id: string,
  { report, signal, isJson, it }: { report: Report; signal: AbortSignal; isJson: boolean; it: Invocation },
): Promise<void> {
  let last = "";
  const onProgress = ({ counts: { total, succeeded, failed, canceled } }: Batch): void => {
    const line = `${id} ${succeeded + failed + canceled} of ${total}`;
    if (line !== last) report.note(line);
    last = line;
  };
  const batch = await vidferry.batches.wait(id, { signal, onProgress });
  const { succeeded, failed } = batch.counts;
  report.note(`${id} ${batch.state}: ${batch.title ?? id}, ${succeeded} succeeded, ${failed} failed`);
  if (isJson) it.terminal.out(JSON.stringify({ version: jsonVersion, event: "batch", batch }));
  const hint = `vidferry remote retry ${id}`;
  if (batch.error !== null) throw new AppError(codeFrom(batch.error.code), batch.error.detail, { hint });
  if (failed > 0) throw new AppError("source_error", `${failed} of its jobs failed.`, { hint });
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
        if (isBatchId(id)) {
          const batch = await vidferry.batches[move](id, { signal });
          const text = JSON.stringify({ version: jsonVersion, event: "batch", batch });
          return it.terminal.out(flags.json ? text : `${batch.id}  ${batch.state}`);
        }
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

const describe = (job: DownloadJob): string => {
  const { id, state, progress, media, request, error, createdAt } = job;
  const how = state === "running" && progress.percent !== null ? `${Math.floor(progress.percent)} %` : "";
  const why = error === null ? "" : `  ${error.code}`;
  return `${id}  ${createdAt.slice(0, 19)}  ${state.padEnd(9)}  ${how.padEnd(4)}  ${media?.title ?? request.url}${why}`;
};
