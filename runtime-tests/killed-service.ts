// A service whose one job reports a step at a time, to be killed in the middle: `killed-service.ts <port> <steps>`. It numbers
// the steps alike each time it is started, prints each that it has sent, and pauses so that the killer is in time.
import { createApp, createOpenAuth, defaultApiConfig, startServer } from "../api/src/index.ts";
import { aborted, createFakeService } from "../api/src/testing/fake-service.ts";
import { makeJob } from "../api/src/testing/samples.ts";
import { createSilentLogger } from "../core/src/adapters/system/index.ts";
import { noProgress, toJobResource } from "../core/src/index.ts";

const [port, steps] = process.argv.slice(2).map(Number) as [number, number];
const service = createFakeService();
const logger = createSilentLogger();
// Pages follow it too, by another name than this machine's.
const config = { ...defaultApiConfig, publicUrl: "http://vidferry.lan", corsOrigins: ["*"] };
const app = createApp({ service, auth: createOpenAuth(), config, logger });
const job = makeJob(7, { state: "running" });
service.jobs.set(job.id, job);
service.onFollow = async function* (_id, signal, lastEventId) {
  for (let step = Number.parseInt(lastEventId ?? "0", 10) + 1; step <= steps; step++) {
    const id = `${step}-0`;
    if (step === 1 || step === steps) {
      yield { id, type: "job", data: toJobResource({ ...job, state: step === 1 ? "running" : "succeeded" }) };
    } else {
      const progress = { ...noProgress, percent: step };
      yield { id, type: "progress", data: { jobId: job.id, attempt: 1, stage: "downloading", progress } };
    }
    console.log(step);
    await Promise.race([Bun.sleep(20), aborted(signal)]);
  }
};
await startServer({ app, host: "127.0.0.1", port, logger });
console.log("ready");
