import { type Finding, finding } from "../chaos/verdict.ts";
import { median } from "../figures.ts";
import type { Sample } from "./samples.ts";

/** What is left once every job is over and every result deleted or expired. */
export interface Remains {
  readonly workFiles: readonly string[];
  readonly storageBytes: number;
  /** Processes that belong to the service but descend from none of its own. */
  readonly orphans: readonly string[];
  /** Processes after it has stopped. */
  readonly survivors: readonly string[];
  readonly exitCodes: readonly (number | null)[];
  /** Jobs that did not end as they had to. */
  readonly wrongEnds: readonly string[];
}

/** Fewer jobs than these are the warm-up of the runtime: they say nothing about growth. */
const jobsToJudgeMemory = 1_000;
/** Fewer than these: the connections that a service keeps are still being opened. */
const jobsToJudgeDescriptors = 100;
const memoryShare = 1.2;
const memoryAllowance = 16 * 1024 ** 2;
const descriptorAllowance = 16;

/** Judges a run: what is flat, and what is left. */
export function judge(samples: readonly Sample[], remains: Remains): Finding[] {
  return [
    judgeMemory(samples),
    judgeDescriptors(samples),
    finding("every job ended as it had to", remains.wrongEnds, `${remains.wrongEnds.length} did not`),
    finding("no file left in a work folder", remains.workFiles, `${remains.workFiles.length}`),
    finding(
      "nothing left in the storage",
      remains.storageBytes === 0 ? [] : [`${remains.storageBytes} bytes`],
      `${remains.storageBytes} bytes`,
    ),
    finding("no process without a parent while the service idles", remains.orphans, `${remains.orphans.length}`),
    finding("no process left after the service has stopped", remains.survivors, `${remains.survivors.length}`),
    finding(
      "every process stops on SIGTERM",
      remains.exitCodes.filter((code) => code !== 0).map((code) => `exit code ${code}`),
      `exit codes ${remains.exitCodes.join(" ")}`,
    ),
  ];
}

function judgeMemory(samples: readonly Sample[]): Finding {
  const [before, after] = tenths(samples, ({ memory }) => memory);
  const limit = before * memoryShare + memoryAllowance;
  const seen = `${mebibytes(before)} in the second tenth, ${mebibytes(after)} in the last, at most ${mebibytes(limit)}`;
  const claim = "memory does not grow";
  if ((samples.at(-1)?.jobs ?? 0) < jobsToJudgeMemory)
    return finding(claim, [], `not judged below ${jobsToJudgeMemory} jobs: ${seen}`);
  return finding(claim, after <= limit ? [] : [seen], seen);
}

function judgeDescriptors(samples: readonly Sample[]): Finding {
  const [before, after] = tenths(samples, ({ descriptors }) => descriptors);
  const limit = before + descriptorAllowance;
  const seen = `${before} in the second tenth, ${after} in the last, at most ${limit}`;
  const claim = "descriptors do not grow";
  if ((samples.at(-1)?.jobs ?? 0) < jobsToJudgeDescriptors)
    return finding(claim, [], `not judged below ${jobsToJudgeDescriptors} jobs: ${seen}`);
  return finding(claim, after <= limit ? [] : [seen], seen);
}

/** Medians of the second and the last tenth of the jobs; where no sample fell into one, of the nearest. */
function tenths(samples: readonly Sample[], value: (one: Sample) => number): readonly [number, number] {
  const jobs = samples.at(-1)?.jobs ?? 0;
  const within = (from: number, to: number) =>
    samples.filter((one) => one.jobs >= jobs * from && one.jobs <= jobs * to).map(value);
  const orNearest = (found: readonly number[], index: number) =>
    found.length > 0 ? found : samples.slice(index).slice(0, 1).map(value);
  return [
    median(orNearest(within(0.1, 0.2), Math.floor(samples.length / 10))),
    median(orNearest(within(0.9, 1), samples.length - 1)),
  ];
}

export const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
