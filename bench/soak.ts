/**
 * Soak: whole jobs, one after the other, through the real service with chaos' light engine in place of yt-dlp; results are
 * deleted or expire on the way. Shows whether memory, descriptors and disk stay flat; exit code 1 when something grows or is left.
 */
import { appendFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { Presets, SingleBar } from "cli-progress";
import { orUsage } from "../bin/lib/usage.ts";
import { describeFinding } from "./chaos/verdict.ts";
import { runSoak } from "./soak/run.ts";
import type { Sample } from "./soak/samples.ts";
import { mebibytes } from "./soak/verdict.ts";

const rows = 20;
const help = `bun bench/soak.ts [jobs]: whether memory, descriptors and disk stay flat over many jobs; default 20,000

  --fleet         on PostgreSQL, Redis and S3; default: a service on SQLite
  --samples FILE  gets each sample as a line of JSON`;

const { values, positionals } = orUsage(help, () =>
  parseArgs({
    allowPositionals: true,
    options: { fleet: { type: "boolean", default: false }, samples: { type: "string" } },
  }),
);
const jobs = Number(positionals[0] ?? 20_000);
if (!Number.isInteger(jobs) || jobs < 1) {
  console.error(help);
  process.exit(2);
}
const bar = new SingleBar(
  { format: "{bar} {percentage}% {value}/{total} jobs  {memory}  {descriptors} descriptors", noTTYOutput: false },
  Presets.shades_classic,
);
bar.start(jobs, 0, { memory: "", descriptors: "" });
const show = (one: Sample) => {
  bar.update(one.jobs, { memory: mebibytes(one.memory), descriptors: one.descriptors });
  // So that a run which is ended from outside tells how far it came.
  if (values.samples !== undefined) appendFileSync(values.samples, `${JSON.stringify(one)}\n`);
};
const report = await runSoak({
  jobs,
  fleet: values.fleet,
  sampleMs: 3_000,
  retentionSeconds: 60,
  onSample: show,
}).finally(() => bar.stop());

const step = Math.max(1, Math.ceil(report.samples.length / rows));
const shown = report.samples.filter((_, index) => index % step === 0 || index === report.samples.length - 1);
const columns = ["seconds", "jobs", "jobs/s", "memory", "descriptors", "children", "work files", "storage", "database"];
console.log(columns.map((name) => name.padStart(12)).join(""));
for (const [index, one] of shown.entries()) {
  const before = shown[index - 1];
  const rate = before === undefined ? 0 : (one.jobs - before.jobs) / (one.at - before.at);
  const counts = [one.descriptors, one.children, one.workFiles];
  const sizes = [mebibytes(one.storage), mebibytes(one.database)];
  const cells = [one.at.toFixed(0), one.jobs, rate.toFixed(1), mebibytes(one.memory), ...counts, ...sizes];
  console.log(cells.map((cell) => String(cell).padStart(12)).join(""));
}
const load = loadavg().map((one) => one.toFixed(0));
console.log(
  `${jobs} jobs in ${report.seconds.toFixed(0)} s, ${(jobs / report.seconds).toFixed(1)}/s; load ${load.join(", ")}`,
);
for (const line of report.findings.flatMap(describeFinding)) console.log(line);
process.exit(report.findings.every(({ holds }) => holds) ? 0 : 1);
