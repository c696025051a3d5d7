import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError } from "../../../errors/app-error.ts";
import { expectedBytes, type FetchedStream, type FetchOptions, type Resolution } from "../../../pipeline/downloader.ts";
import { fetchArgs, loadArgs } from "./command-line.ts";
import type { Engine, RunningEngine } from "./engine.ts";
import { failureOf } from "./errors.ts";
import { type DirectFetcher, tooLarge } from "./fetch-direct.ts";
import { createProgressMeter } from "./fetch-progress.ts";
import type { FetchLine } from "./hook-lines.ts";
import { onDisk } from "./on-disk.ts";
import { defaultFetchTimeoutMs, type YtDlpOptions } from "./options.ts";
import { createOutputLog } from "./output-log.ts";
import { partsPlugin } from "./parts/parts.ts";
import type { PlannedPeriod } from "./periods/split-periods.ts";
import type { Plan } from "./resolve.ts";
import { openWorkArea, type WorkArea } from "./work-area.ts";

/** Least time between two calls of `onProgress`, in milliseconds. */
const progressMs = 250;

/** Fetches the streams of a resolution into its work folder; parts that are there are continued. */
export async function fetchStreams(
  engine: Engine,
  { direct, planOf }: { readonly direct: DirectFetcher | null; readonly planOf: (area: WorkArea) => Promise<Plan> },
  { limits, clock }: YtDlpOptions,
  resolution: Resolution,
  options: FetchOptions,
): Promise<readonly FetchedStream[]> {
  const { streams } = resolution;
  const { egress, maxBytes, onProgress, signal } = options;
  if (streams.length === 0) return [];
  const expected = expectedBytes(streams);
  if (maxBytes !== null && expected > maxBytes) throw tooLarge(expected, maxBytes);

  const area = await openWorkArea(options.folder.path);
  for (const dir of [area.media, area.parts]) await onDisk(mkdir(dir, { recursive: true }));
  if ((await sizeOf(area.info)) === 0) throw new AppError("source_error", "What was found of the link is gone.");
  const now = () => clock?.now() ?? new Date();
  const plan = await planOf(area);
  // Each period is fetched as a stream of its own.
  const pieces = streams.flatMap((stream) => {
    const periods = plan.periods[stream.formatId];
    return periods?.flatMap((period) => period.stream ?? []) ?? [stream];
  });
  const meter = createProgressMeter(pieces);
  const paths = new Map<string, string>();
  let reportedAt = 0;
  const report = (always: boolean) => {
    const time = now().getTime();
    if (!always && time - reportedAt < progressMs) return;
    reportedAt = time;
    onProgress(meter.read());
  };
  const deadlineMs = limits?.fetchTimeoutMs ?? defaultFetchTimeoutMs;
  const directly =
    (await direct?.fetch(pieces, {
      sources: plan.sources,
      ranges: plan.ranges,
      proxyUrl: egress.proxyUrl,
      ...{ area, meter, maxBytes, stallMs: options.stallMs, deadlineMs, signal, now },
      onProgress: () => report(false),
    })) ?? [];
  const partly = new Map<string, number>();
  for (const { formatId, path, bytes } of directly) {
    paths.set(formatId, path);
    partly.set(formatId, bytes);
    meter.finish(formatId, bytes);
  }
  if (directly.length > 0) report(true);
  const left = pieces.filter(({ formatId }) => !paths.has(formatId));

  const onLine = (line: FetchLine, run: RunningEngine) => {
    if (line.t === "file") {
      if (line.format == null || line.path == null) return;
      paths.set(line.format, line.path);
      run.touch();
      return;
    }
    if (meter.update(line.format ?? null, line.p)) run.touch();
    const { downloadedBytes } = meter.read();
    if (maxBytes !== null && downloadedBytes > maxBytes) run.halt(tooLarge(downloadedBytes, maxBytes));
    report(line.p.status === "finished");
  };
  const run = () =>
    engine.succeed({
      args: [...loadArgs(area.info), ...fetchArgs(left, area)],
      home: area.home,
      plugins: [partsPlugin],
      egress,
      signal,
      deadlineMs,
      stallMs: options.stallMs,
      // A little above the limit, so that the check above reports the error first.
      ...(maxBytes === null ? {} : { fileSizeBytes: maxBytes + (1 << 20) }),
      onLine,
    });
  const log = left.length === 0 ? createOutputLog() : await run();

  // Its exit code proves nothing: it is 0 also when a file was skipped or is not at the reported path.
  const fetched = new Map<string, FetchedStream>();
  for (const { formatId } of pieces) {
    const path = paths.get(formatId);
    const size = path !== undefined && dirname(resolve(path)) === area.media ? await sizeOf(path) : 0;
    if (path === undefined || size === 0) throw failureOf(log, now(), new Error(`there is no file for ${formatId}`));
    // A file of which only parts were needed has holes.
    meter.finish(formatId, partly.get(formatId) ?? size);
    const sha256 = directly.find((one) => one.formatId === formatId)?.sha256;
    const beginsAtSeconds = plan.trimmed[formatId]?.beginsAtSeconds;
    const laterBySeconds = plan.laterBy[formatId];
    const own = {
      ...(beginsAtSeconds === undefined ? {} : { beginsAtSeconds }),
      ...(laterBySeconds === undefined ? {} : { laterBySeconds }),
    };
    fetched.set(formatId, { formatId, path, ...(sha256 === undefined ? {} : { sha256 }), ...own });
  }
  const { downloadedBytes } = meter.read();
  if (maxBytes !== null && downloadedBytes > maxBytes) throw tooLarge(downloadedBytes, maxBytes);
  report(true);
  return streams.flatMap(({ formatId }) => {
    const periods = plan.periods[formatId];
    const joined = periods === undefined ? null : inPeriods(formatId, periods, fetched, plan.arePeriodsPart);
    return joined ?? fetched.get(formatId) ?? [];
  });
}

/** A stream of several periods; of a part of its source those that were needed. */
function inPeriods(
  formatId: string,
  planned: readonly PlannedPeriod[],
  files: ReadonlyMap<string, FetchedStream>,
  isPart: boolean,
): FetchedStream | null {
  const periods = planned.map(({ stream, ...place }) => ({
    ...place,
    path: files.get(stream?.formatId ?? "")?.path ?? null,
  }));
  const path = periods.find((period) => period.path !== null)?.path;
  if (path == null) return null;
  return { formatId, path, periods, ...(isPart ? { beginsAtSeconds: periods[0]?.startSeconds ?? 0 } : {}) };
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : 0;
}
