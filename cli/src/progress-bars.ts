import type { JobResource } from "@vidferry/core";
import { printable } from "@vidferry/core/program";
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import { fileSize } from "./file-size.ts";

/** Shows how far downloads are: a bar each on a terminal, a line at each stage elsewhere. */
export interface ProgressDisplay {
  show(key: string, job: JobResource): void;
  /** Removes the bar and leaves the message. */
  finish(key: string, message: string): void;
  stop(): void;
}

const sizeOf = (bytes: number | null): string => (bytes === null ? "?" : fileSize(bytes));

function describe(job: JobResource): string {
  const { stage, progress } = job;
  if (job.waitingFor !== null) return describeWait(job.waitingFor);
  if (stage !== "downloading" || progress.downloadedBytes === null) return stage ?? job.state;
  const speed = progress.bytesPerSecond === null ? "" : ` at ${sizeOf(progress.bytesPerSecond)}/s`;
  const eta = progress.etaSeconds === null ? "" : `, ${Math.ceil(progress.etaSeconds)} s left`;
  return `downloading ${sizeOf(progress.downloadedBytes)} of ${sizeOf(progress.totalBytes)}${speed}${eta}`;
}

/** Until when, in local time, and why: a pause may take an hour. */
function describeWait({ until, detail }: NonNullable<JobResource["waitingFor"]>): string {
  const time = until === null ? "" : ` until ${new Date(until).toTimeString().slice(0, 8)}`;
  return `waiting${time}: ${detail}`;
}

const shorten = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

/** Bars on a terminal. */
export function createBars(note: (line: string) => void): ProgressDisplay {
  const bars = new Map<string, SingleBar>();
  const multi = new MultiBar(
    { format: "{bar} {percentage}% {name}  {detail}", hideCursor: true, barsize: 24, clearOnComplete: false, fps: 8 },
    Presets.shades_classic,
  );
  return {
    show: (key, job) => {
      const title = printable(job.media?.title ?? job.request.url).replaceAll(/[\t\n]/g, " ");
      const payload = { name: shorten(title, 40), detail: describe(job) };
      const bar = bars.get(key) ?? multi.create(100, 0, payload);
      bars.set(key, bar);
      bar.update(Math.floor(job.progress.percent ?? 0), payload);
    },
    finish: (key, message) => {
      const bar = bars.get(key);
      if (bar !== undefined) multi.remove(bar);
      bars.delete(key);
      if (bars.size > 0) multi.log(`${printable(message)}\n`);
      else note(message);
    },
    stop: () => multi.stop(),
  };
}

/** A line at each change of stage, for logs and pipes. */
export function createLines(note: (line: string) => void): ProgressDisplay {
  const stages = new Map<string, string>();
  return {
    show: (key, job) => {
      const stage = job.waitingFor === null ? (job.stage ?? job.state) : describeWait(job.waitingFor);
      if (stages.get(key) === stage) return;
      stages.set(key, stage);
      note(`${shorten(job.media?.title ?? job.request.url, 60)}: ${stage}`);
    },
    finish: (_key, message) => note(message),
    stop: () => undefined,
  };
}
