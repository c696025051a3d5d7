import type { JobResource } from "@vidferry/core";
import { printable } from "@vidferry/core/program";
import { fileSize } from "./file-size.ts";
import { barLine } from "./terminal/bar.ts";
import { fit } from "./terminal/fit.ts";
import { createLiveArea } from "./terminal/live-area.ts";
import { type Screen, standardScreen } from "./terminal/screen.ts";

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

/** What the bar of a download shows. */
interface Bar {
  readonly stage: string;
  readonly percent: number;
  readonly name: string;
  readonly detail: string;
}

/** Interval between two drawings: more often nobody can read. */
const drawEveryMs = 100;

/** Bars on a terminal. Once stopped, nothing is drawn any more: what is told then is only added. */
export function createBars(note: (line: string) => void, screen: Screen = standardScreen()): ProgressDisplay {
  const bars = new Map<string, Bar>();
  const area = createLiveArea(screen);
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;
  const draw = (): void => {
    drawnAt = performance.now();
    area.draw(
      [...bars.values()].map(({ percent, name, detail }) =>
        barLine(percent, `${fit(name, 40)}  ${detail}`, screen.columns),
      ),
    );
  };
  return {
    show: (key, job) => {
      if (isStopped) return;
      const before = bars.get(key);
      const name = printable(job.media?.title ?? job.request.url).replaceAll(/[\t\n]/g, " ");
      const detail = printable(describe(job)).replaceAll(/[\t\n]/g, " ");
      // Not known for a moment: it is where it was.
      const percent = job.progress.percent ?? before?.percent ?? 0;
      const stage = `${job.stage} ${job.waitingFor?.reason}`;
      bars.set(key, { stage, percent, name, detail });
      if (before?.stage !== stage || performance.now() - drawnAt >= drawEveryMs) draw();
    },
    finish: (key, message) => {
      bars.delete(key);
      if (isStopped) return note(message);
      for (const line of printable(message).split("\n")) area.print(line);
      draw();
    },
    stop: () => {
      isStopped = true;
      area.end();
    },
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
