/**
 * What the spans of a job cost: an attempt with nine steps and five programs, told to an observer that sends them to a collector, and to
 * none. Processor time of this process, which does nothing else, so that other load hardly changes it; `bench/traces.ts` has whole jobs.
 * Usage: bun bench/span-cost.ts [rounds]
 */
import { startTracing } from "../core/src/adapters/opentelemetry/index.ts";
import { createTelemetry } from "../core/src/telemetry/observer.ts";
import type { Telemetry } from "../core/src/telemetry/telemetry.ts";
import { alternate, median } from "./figures.ts";
import { startOwnProcess } from "./own-process.ts";

const rounds = Number(process.argv[2] ?? 5);
const jobs = 2_000;

await using sink = await startOwnProcess("./trace-sink.ts");
process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.firstLine;
const tracing = startTracing({ service: "bench", version: "1", onProblem: console.error });

async function job(telemetry: Telemetry, jobId: string): Promise<void> {
  const attempt = { jobId, attempt: 1, requestId: null, traceparent: null, waitedSeconds: 1 };
  await telemetry.during("attempt", attempt, async (note) => {
    for (let step = 0; step < 9; step++) {
      await telemetry.during("step", { step: "resolve", stage: "resolving" }, async () => {
        if (step % 2 === 1) return;
        const end = { exitCode: 0, signal: null, stoppedBy: null };
        await telemetry.during("child", { program: "ffprobe" }, async (ended) => ended(end));
      });
    }
    note({ outcome: "succeeded", files: 1 });
  });
}

/** Microseconds a job. */
async function cost(telemetry: Telemetry): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < jobs; index++) {
    await job(telemetry, `job_${index}`);
    // Else the buffer is full, and spans are dropped in place of being sent.
    if (index % 20 === 0) await Bun.sleep(5);
  }
  await Bun.sleep(1_000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / jobs;
}

const traced = createTelemetry([tracing.observer]);
const plain = createTelemetry([]);
const results = await alternate({ plain: () => cost(plain), traced: () => cost(traced) }, rounds);
const of = (name: string) => median(results.get(name) ?? []);
console.log(`15 spans: ${of("traced").toFixed(0)} µs of processor time a job, ${of("plain").toFixed(0)} µs without`);
await tracing.close();
