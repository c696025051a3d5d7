import { resolve } from "node:path";
import { type BatchMatch, type DownloadRequestInput, entryFilter, isAppError } from "@vidferry/core";
import { compilePattern, hostPolicy } from "@vidferry/core/compose";
import { exitCodes, UsageError } from "@vidferry/core/program";
import type { Invocation } from "../command-line/invocation.ts";
import { fetchVideo, savedBefore } from "../download/fetch-video.ts";
import { endingForPerson, forPerson } from "../download/for-person.ts";
import { openSession, type Session } from "../download/open-session.ts";
import { checkLinks, type Planned, planDownloads } from "../download/plan.ts";
import { readRate } from "../download/rate.ts";
import { readLinks } from "../download/read-links.ts";
import { createReport, type Report } from "../download/report.ts";
import { readCount, readSettings } from "../download/settings.ts";
import { shapeRequest } from "../download/shape-request.ts";
import type { DownloadFlags } from "../options/download.ts";

/** Videos that are fetched at the same time. */
const standardJobs = 2;
const mostJobs = 16;

/**
 * `vidferry download`: no server; the same command continues after Ctrl-C or a crash, and knows what it has saved.
 */
export async function downloadCommand(...all: Parameters<typeof download>): Promise<number> {
  try {
    return await download(...all);
  } catch (error) {
    throw endingForPerson(error);
  }
}

async function download(typed: readonly string[], flags: DownloadFlags, it: Invocation): Promise<number> {
  const { json = false, quiet = false, verbose = false, force = false } = flags;
  const signal = it.signals.stop;
  const links = await readLinks(typed, flags.input);
  if (links.length === 0) {
    if (flags.input !== undefined) throw new UsageError(`--input: there is no link in ${flags.input}`);
    throw new UsageError("which URL? See: vidferry download --help");
  }
  if (force && flags.new) throw new UsageError("--force: does not go with --new");
  const shape = shapeRequest(flags);
  const [jobs, limit] = [readCount(flags.jobs, "--jobs", mostJobs), readCount(flags.limit, "--limit", 1_000_000)];
  const match = readMatch(flags);
  const bytesPerSecond = flags.limitRate === undefined ? null : readRate(flags.limitRate);
  const config = readSettings(it, flags);
  const hosts = hostPolicy(config);
  checkLinks(links, { shape, hosts });
  const directory = resolve(flags.out ?? ".");
  const recordsLive = config.ALLOW_LIVE === "on" || shape.live !== undefined;
  const engine = bytesPerSecond === null ? {} : { bytesPerSecond };
  const session = await openSession({ directory, config, engine, recordsLive, verbose, signal });
  if (session === null) return exitCodes.interrupted;
  const report = createReport(it.terminal, { directory, json, quiet, verbose });
  // What is drawn stays as it is from the first Ctrl-C on.
  signal.addEventListener("abort", report.stop, { once: true });
  const began = performance.now();
  try {
    const known = flags.new ? await session.saved.everSaved(outputOf(shape)) : null;
    const plan = planDownloads(links, { shape, hosts, match, limit, known, signal, probe: session.vidferry.probe });
    if (flags.dryRun) await tellPlan(session, plan, report, signal);
    else {
      const lane = async (): Promise<void> => {
        for await (const planned of shared(plan, signal)) await carryOut(session, planned, report, { force, signal });
      };
      await Promise.all(Array.from({ length: jobs ?? standardJobs }, lane));
    }
    if (!signal.aborted) {
      await session.tidy().catch((error: unknown) => {
        // The cause, such as a full disk, was already printed for the download.
        if (report.failures === 0) throw error;
      });
      report.stop();
      report.total((performance.now() - began) / 1_000);
    }
  } finally {
    report.stop();
    await session.close();
  }
  if (signal.aborted) {
    it.terminal.note("stopped; the same command again continues");
    return exitCodes.interrupted;
  }
  return report.failures === 0 ? exitCodes.done : exitCodes.failed;
}

/** A plan that several lanes take from; each gets what comes next, until the signal aborts. */
async function* shared(plan: AsyncGenerator<Planned>, signal: AbortSignal): AsyncGenerator<Planned> {
  for (let next = await plan.next(); !next.done && !signal.aborted; next = await plan.next()) yield next.value;
}

async function carryOut(
  session: Session,
  planned: Planned,
  report: Report,
  options: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<void> {
  if (planned.kind === "fetch") await fetchVideo(session, planned.wanted, report, options);
  else tellOther(planned, report, options.signal);
}

function tellOther(planned: Exclude<Planned, { kind: "fetch" }>, report: Report, signal: AbortSignal): void {
  if (planned.kind === "known") report.skipped(planned.url, "known", "it was saved before");
  if (planned.kind === "unavailable") report.skipped(planned.url, "unavailable", planned.detail);
  if (planned.kind === "failed" && !signal.aborted) report.failed(planned.url, forPerson(planned.error));
}

/** `--dry-run`: what would be downloaded, with the title of each. */
async function tellPlan(
  session: Session,
  plan: AsyncIterable<Planned>,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  for await (const planned of plan) {
    if (signal.aborted) return;
    if (planned.kind !== "fetch") {
      tellOther(planned, report, signal);
      continue;
    }
    const { wanted } = planned;
    const before = await savedBefore(session, wanted);
    if (before !== null) report.existing(wanted.url, before);
    else if (wanted.title !== null) report.planned(wanted.url, wanted.title);
    else {
      try {
        const probe = await session.vidferry.probe(wanted.request.url, { signal });
        report.planned(wanted.url, probe.kind === "video" ? probe.media.title : probe.title);
      } catch (error) {
        if (!signal.aborted) report.failed(wanted.url, forPerson(error));
      }
    }
  }
}

const outputOf = ({ output }: Omit<DownloadRequestInput, "url">) => output?.type ?? "video";

function readMatch({ match, after, before }: DownloadFlags): BatchMatch {
  for (const [option, day] of Object.entries({ "--after": after, "--before": before })) {
    if (day !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day))))
      throw new UsageError(`${option}: expected a day such as 2026-01-31, not ${JSON.stringify(day)}`);
  }
  const wanted = {
    ...(match !== undefined && { title: match }),
    ...(after !== undefined && { after }),
    ...(before !== undefined && { before }),
  };
  try {
    entryFilter(wanted, compilePattern);
    return wanted;
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new UsageError(`--match: ${error.fields[0]?.message ?? error.message}`);
  }
}
