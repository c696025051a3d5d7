/**
 * Shows that a service can be watched: what `bin/observe` runs. Argument: the number of jobs.
 * @module
 */
import { startObservedService } from "./observed-service.ts";
import { problemsOf } from "./promtool.ts";

const jobs = Math.max(2, Number(process.argv[2] ?? 12));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const problems: string[] = [];
const check = (what: string, problem: string): void => {
  say(`${problem === "" ? "ok    " : "FAILED"}  ${what}${problem === "" ? "" : `: ${problem}`}`);
  if (problem !== "") problems.push(what);
};

say("starting Vidferry, Prometheus and Alertmanager");
await using observed = await startObservedService();
say(`running ${jobs} jobs, one of which fails`);
await observed.runJobs(jobs);
check("promtool finds no fault with the metrics", await problemsOf(await observed.metrics()));
const panels = await observed.panels();
for (const { title, series } of panels)
  say(`        ${title}: ${series === 0 ? "nothing of its kind happened" : `${series} series`}`);
check("every expression of the dashboard can be evaluated", panels.length > 20 ? "" : "there are too few");
check(`every alert can be evaluated: ${(await observed.alerts()).join(", ")}`, "");
say("killing the service");
await observed.kill();
const fired = await observed.notified("VidferryProcessDown", "firing");
check(`the operator is told: ${fired.annotations["summary"]} ${fired.annotations["runbook_url"]}`, "");
await observed.start();
await observed.notified("VidferryProcessDown", "resolved");
check("the operator is told that it is over", "");
process.exitCode = problems.length === 0 ? 0 : 1;
