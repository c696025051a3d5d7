/**
 * A mixed load on a service: one that is running, or one that it starts. Exit code 1 when an answer is a 5xx or otherwise not as
 * the profile says.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { Presets, SingleBar } from "cli-progress";
import { orUsage } from "../../bin/lib/usage.ts";
import { watchMemory } from "../memory.ts";
import { processorSeconds } from "../processor.ts";
import { mebibytes } from "../soak/verdict.ts";
import { startOwnService } from "./own-service.ts";
import { describeFaults, describeKinds } from "./report.ts";
import { runLoad } from "./run.ts";

const help = `bin/load: a mixed load on a service; exit code 1 when an answer is not as the profile says

  --minutes N           default 15
  --rate N              requests a second; default 40
  --fleet               on a fleet that it starts; default: a service of one process that it starts
  --url URL --link URL  on a running service, with a video that it may download; its key in VIDFERRY_API_KEY
  --seed N              default 1`;

const { values } = orUsage(help, () =>
  parseArgs({
    options: {
      minutes: { type: "string", default: "15" },
      rate: { type: "string", default: "40" },
      seed: { type: "string", default: "1" },
      fleet: { type: "boolean", default: false },
      url: { type: "string" },
      link: { type: "string" },
    },
  }),
);
const positive = (text: string, name: string): number => {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  console.error(`--${name} is a number above 0`);
  process.exit(2);
};
const rate = positive(values.rate, "rate");
const requests = Math.ceil(positive(values.minutes, "minutes") * 60 * rate);
const seed = positive(values.seed, "seed");
const key = process.env["VIDFERRY_API_KEY"];
const { url, link } = values;
if (url !== undefined && (link === undefined || key === undefined)) {
  console.error("--url also needs --link, a video that jobs and probes ask for, and an API key in VIDFERRY_API_KEY");
  process.exit(2);
}

const service = url === undefined ? await startOwnService(values.fleet) : null;
const target = service?.target ?? {
  url: String(url).replace(/\/$/, ""),
  key: String(key),
  link: () => String(link),
  probeLink: String(link),
};
const roles = service?.stage.roles ?? [];
const watches = roles.map(({ pid }) => ({ pid, memory: watchMemory(pid), before: processorSeconds(pid) }));
const startedAt = performance.now();
const bar = new SingleBar({ format: "{bar} {percentage}% {value}/{total} requests" }, Presets.shades_classic);
bar.start(requests, 0);
const report = await runLoad(target, { rate, requests, seed, onProgress: (sent) => bar.update(sent) }).finally(() =>
  bar.stop(),
);
const seconds = (performance.now() - startedAt) / 1_000;
const usage = watches.map(({ pid, memory, before }) => {
  const share = ((processorSeconds(pid) - before) / seconds) * 100;
  const { least, most } = memory.stop();
  return `process ${pid}: memory ${mebibytes(least)} to ${mebibytes(most)}, ${share.toFixed(0)} % of a processor`;
});
await service?.[Symbol.asyncDispose]();

for (const line of describeKinds(report)) console.log(line);
const load = loadavg().map((one) => one.toFixed(0));
console.log(`${report.perSecond.toFixed(1)} requests/s of ${rate} in ${seconds.toFixed(0)} s; load ${load.join(", ")}`);
for (const line of usage) console.log(line);
for (const line of describeFaults(report)) console.log(line);
process.exit(report.faults.length === 0 ? 0 : 1);
