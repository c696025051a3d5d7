/**
 * Shows that a job can be traced: what `bin/observe --traces` runs. `--ui FOLDER` are Jaeger's built pages, `--keep` leaves all of it
 * running until Ctrl-C, to look at.
 * @module
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { buildTracePrograms } from "../../../bin/lib/observe/programs.ts";
import { orUsage } from "../../../bin/lib/usage.ts";
import { faultsOf } from "./job-trace.ts";
import { startTracedFleet } from "./traced-fleet.ts";

const help = `bin/observe --traces: a job of a fleet as one trace in an OpenTelemetry Collector and in Jaeger

  --ui FOLDER  Jaeger's built pages
  --keep       leaves all of it running until Ctrl-C`;

const { values } = orUsage(help, () =>
  parseArgs({
    options: { traces: { type: "boolean" }, keep: { type: "boolean" }, ui: { type: "string" } },
  }),
);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const check = (what: string, faults: readonly string[]): void => {
  say(`${faults.length === 0 ? "ok    " : "FAILED"}  ${what}${faults.map((fault) => `\n        ${fault}`).join("")}`);
  if (faults.length > 0) process.exitCode = 1;
};

const programs = buildTracePrograms(`${process.cwd()}/.tools`);
say("starting PostgreSQL, Redis, S3, an API, a worker, an OpenTelemetry Collector and Jaeger");
await using fleet = await startTracedFleet(programs, values.ui);
const caller = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const { job, spans } = await fleet.runJob(caller);
check(`the collector has one trace of ${job.id}, of ${spans.length} spans`, faultsOf(spans, caller, job.id));
const delivery = spans.find(({ name }) => name === "webhook delivery");
const wanted = `00-${caller.traceId}-${delivery?.spanId}-01`;
check("the webhook's receiver can go on with it", fleet.told.includes(wanted) ? [] : [`told ${fleet.told}`]);
const services = [...new Set(spans.map(({ resource }) => String(resource["service.name"])))].sort();
check(`it is of ${services.join(" and ")}`, services.length === 2 ? [] : ["expected an API and a worker"]);
const shown = await fleet.shown(caller.traceId, spans.length);
check(
  `Jaeger shows the same ${shown.spans.length} spans of ${shown.services.join(" and ")}`,
  JSON.stringify(shown.services) === JSON.stringify(services) && shown.spans.length === spans.length
    ? []
    : ["it differs"],
);
if (values.keep) {
  say(`look at it: ${fleet.jaeger.lookAt}/trace/${caller.traceId} (Ctrl-C ends it)`);
  await once(process, "SIGINT");
}
