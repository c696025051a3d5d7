import { join } from "node:path";
import type { JobResource, Media } from "@vidferry/core";
import { printable, type Terminal } from "@vidferry/core/program";
import { jsonVersion } from "../command-line/json-failure.ts";
import { fileSize } from "../file-size.ts";
import { createBars, createLines, type ProgressDisplay } from "../progress-bars.ts";
import type { forPerson } from "./for-person.ts";

/** What is known of a file that was saved. */
interface ReportedFile {
  readonly name: string;
  readonly bytes: number;
}

/** What became of each video, told to a person or, with `--json`, to a program. */
export interface Report {
  progress(url: string, job: JobResource): void;
  saved(url: string, result: { readonly media: Media | null; readonly files: readonly ReportedFile[] }): void;
  /** All of it is there already. */
  existing(url: string, result: { readonly media: Media | null; readonly files: readonly ReportedFile[] }): void;
  /** It is not taken, for this reason: `known`: it was saved before; `unavailable`: the list says that it cannot be had. */
  skipped(url: string, reason: "known" | "unavailable", detail: string): void;
  /** It would be downloaded. */
  planned(url: string, title: string | null): void;
  failed(url: string, error: ReturnType<typeof forPerson>): void;
  warning(url: string, warning: { readonly code: string; readonly detail: string }): void;
  /** Said to a person alone. */
  note(line: string): void;
  /** The last line; nothing where it was one video, which is told already. */
  total(seconds: number): void;
  readonly failures: number;
  /** Leaves what is drawn as it is: what comes later is not drawn any more. */
  stop(): void;
}

export interface ReportOptions {
  readonly directory: string;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Other lines come in between, so no bars are drawn. */
  readonly verbose: boolean;
}

const silent: ProgressDisplay = { show: () => undefined, finish: () => undefined, stop: () => undefined };

/** How many of what is told in the total. */
interface Counts {
  saved: number;
  existing: number;
  skipped: number;
  planned: number;
  failed: number;
  bytes: number;
}

/** Makes the report of one command. */
export function createReport(terminal: Terminal, options: ReportOptions): Report {
  const { directory, json, quiet, verbose } = options;
  const counts: Counts = { saved: 0, existing: 0, skipped: 0, planned: 0, failed: 0, bytes: 0 };
  const drawn = terminal.interactive && !verbose;
  const display = json || quiet ? silent : drawn ? createBars(terminal.note) : createLines(terminal.note);
  const write = (fields: object) => terminal.out(JSON.stringify({ version: jsonVersion, ...fields }));
  const pathsOf = (files: readonly ReportedFile[]) =>
    files.map(({ name, bytes }) => ({ path: join(directory, name), bytes }));
  const finished =
    (isExisting: boolean): Report["saved"] =>
    (url, { media, files }) => {
      const paths = pathsOf(files);
      counts[isExisting ? "existing" : "saved"] += 1;
      if (!isExisting) for (const { bytes } of paths) counts.bytes += bytes;
      if (json) return write({ url, event: "done", ...(isExisting && { existing: true }), media, files: paths });
      const verb = isExisting ? "already here:" : "saved";
      const lines = paths.map(({ path, bytes }) => `${verb} ${path} (${fileSize(bytes)})`);
      display.finish(url, lines.join("\n"));
    };
  return {
    progress: (url, job) => {
      const { state, stage, waitingFor } = job;
      if (json) write({ url, event: "progress", state, stage, ...job.progress, waitingFor });
      else display.show(url, job);
    },
    saved: finished(false),
    existing: finished(true),
    skipped: (url, reason, detail) => {
      counts.skipped += 1;
      if (json) write({ url, event: "skipped", reason, detail });
      else display.finish(url, `skipped ${url}: ${detail}`);
    },
    planned: (url, title) => {
      counts.planned += 1;
      if (json) write({ url, event: "planned", title });
      else terminal.out(title === null ? url : `${url}  ${title}`);
    },
    failed: (url, { code, detail, hint }) => {
      counts.failed += 1;
      if (json) return write({ url, event: "error", code, detail, hint });
      const told = `failed ${url}: ${detail}${hint === null ? "" : `\n  ${code}: ${hint}`}`;
      if (quiet) terminal.note(told);
      else display.finish(url, told);
    },
    warning: (url, { code, detail }) => {
      if (json) write({ url, event: "warning", code, detail });
      else if (!quiet) display.finish("", printable(`warning: ${detail}`));
    },
    note: (line) => {
      if (!json && !quiet) display.finish("", line);
    },
    total: (seconds) => {
      const { bytes, ...outcomes } = counts;
      const videos = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      if (videos < 2) return;
      if (json) return write({ event: "total", ...counts, seconds: Math.round(seconds) });
      if (!quiet) terminal.note(totalLine(counts, seconds));
    },
    get failures() {
      return counts.failed;
    },
    stop: display.stop,
  };
}

function totalLine(counts: Counts, seconds: number): string {
  const parts = [
    [counts.planned, "to download"],
    [counts.saved, `saved (${fileSize(counts.bytes)})`],
    [counts.existing, "already here"],
    [counts.skipped, "skipped"],
    [counts.failed, "failed"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${told.join(", ")}, in ${duration(seconds)}`;
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
