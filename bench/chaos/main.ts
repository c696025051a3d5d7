/**
 * Chaos: a fleet of real processes on real servers, killed, frozen, cut off and flushed while jobs run; at the end
 * everything that was promised is checked.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { orUsage } from "../../bin/lib/usage.ts";
import { runChaos } from "./run.ts";
import { describeFinding } from "./verdict.ts";

const whole = (text: string, name: string, least: number): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  console.error(`--${name} is a whole number from ${least}`);
  process.exit(2);
};

const help = `bin/chaos: a fleet of real processes, killed, frozen and cut off while jobs run; then every promise is checked

  --jobs N           default 1000
  --faults N         default 120
  --batches N        default 30
  --schedules N      default 12
  --genuine PERCENT  share of the jobs that yt-dlp and FFmpeg run; default 30
  --without-redis    on PostgreSQL alone
  --minutes N        how long it may take; default 40
  --seed N           repeats the run that printed it`;

const { values } = orUsage(help, () =>
  parseArgs({
    options: {
      minutes: { type: "string", default: "40" },
      jobs: { type: "string", default: "1000" },
      faults: { type: "string", default: "120" },
      batches: { type: "string", default: "30" },
      schedules: { type: "string", default: "12" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      genuine: { type: "string", default: "30" },
      "without-redis": { type: "boolean", default: false },
    },
  }),
);
const seed = whole(values.seed, "seed", 0);
const batches = whole(values.batches, "batches", 0);
const startedAt = Date.now();
const say = (line: string) => console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);

say(`seed ${seed}, ${new Date().toISOString()}`);
const report = await runChaos({
  seed,
  jobs: whole(values.jobs, "jobs", 1),
  faults: whole(values.faults, "faults", 1),
  longestMs: whole(values.minutes, "minutes", 1) * 60_000,
  genuine: whole(values.genuine, "genuine", 0) / 100,
  canceled: 0.08,
  batches,
  schedules: whole(values.schedules, "schedules", 0),
  everySeconds: 30,
  // About half of what batches ask for through three egresses: the other half waits until the budgets are lifted.
  budget: Math.max(2, Math.round(batches * 0.4)),
  redis: !values["without-redis"],
  workers: 2,
  secondDeployment: true,
  leaseSeconds: 5,
  orphanSeconds: 30,
  report: say,
  keepIn: fileURLToPath(new URL("../../.tools/chaos", import.meta.url)),
});
const { findings, ...figures } = report;
console.log(JSON.stringify(figures, null, 2));
for (const line of findings.flatMap(describeFinding)) console.log(line);
const broken = findings.filter(({ holds }) => !holds).length;
console.log(
  broken === 0
    ? `all ${findings.length} checks hold (seed ${seed})`
    : `${broken} checks FAILED; repeat with --seed ${seed}`,
);
process.exit(broken === 0 ? 0 : 1);
