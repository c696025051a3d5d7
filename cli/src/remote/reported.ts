import { resolve } from "node:path";
import { AppError } from "@vidferry/core";
import { exitCodes } from "@vidferry/core/program";
import type { DownloadJob } from "@vidferry/sdk";
import type { Invocation } from "../command-line/invocation.ts";
import { jsonVersion } from "../command-line/json-failure.ts";
import { createReport, type Report } from "../download/report.ts";
import { fromServer, serverFailure } from "./client.ts";

/** How a command tells what it does, and where files go. */
export interface ReportFlags {
  readonly out?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
}

/** Runs a command with a report of it, and gives its exit code. */
export async function reported(
  flags: ReportFlags,
  it: Invocation,
  work: (report: Report, directory: string) => Promise<void>,
): Promise<number> {
  const directory = resolve(flags.out ?? ".");
  const { json = false, quiet = false, verbose = false } = flags;
  const report = createReport(it.terminal, { directory, json, quiet, verbose });
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

/** Does one thing of several; what goes wrong with it is reported, and the others go on. */
export async function told(
  report: Report,
  name: string,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return;
    // What is wrong with the command or the key is wrong for all of them.
    const ours = fromServer(error);
    if (ours instanceof AppError && ["unauthorized", "forbidden"].includes(ours.code)) throw ours;
    report.failed(name, serverFailure(error));
  }
}

/**
 * Does something with what comes, for several at the same time, until the signal aborts. Where one goes wrong, nothing more is begun, and it
 * rejects when all of them have ended: they may need what the caller then closes.
 */
export async function inLanes<T>(
  count: number,
  source: AsyncGenerator<T, void, void>,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let isOver = false;
  const lane = async (): Promise<void> => {
    try {
      for (let next = await source.next(); !next.done && !signal.aborted && !isOver; next = await source.next())
        await work(next.value);
    } catch (error) {
      isOver = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: count }, lane));
  await source.return();
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** A job as a line of JSON. */
export const jsonOf = (job: DownloadJob): string => JSON.stringify({ version: jsonVersion, event: "job", job });
