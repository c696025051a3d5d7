import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { startCollector, startJaeger, type TraceSink } from "@vidferry/testing/services";
import { z } from "zod";
import type { TracePrograms } from "../../../bin/lib/observe/programs.ts";
import { startFleet } from "../fleet/fleet.ts";
import { fleetJobs } from "../fleet/jobs.ts";
import { fleetServers } from "../fleet/servers.ts";
import { type Caller, isComplete } from "./job-trace.ts";
import { type ReceivedSpan, spansOf } from "./otlp.ts";

const JaegerTrace = z.object({
  data: z.array(
    z.object({
      spans: z.array(z.object({ spanID: z.string(), operationName: z.string() })),
      processes: z.record(z.string(), z.object({ serviceName: z.string() })),
    }),
  ),
});

/** What Jaeger shows of a trace. */
export interface ShownTrace {
  readonly spans: readonly string[];
  readonly services: readonly string[];
}

/** An API and a worker on PostgreSQL, Redis and S3 that send traces to a collector, which passes them on to Jaeger. */
export interface TracedFleet extends AsyncDisposable {
  readonly jaeger: TraceSink;
  /** Runs a job for a caller that has a trace, and waits until the collector has all of it. */
  runJob(caller: Caller): Promise<{ readonly job: JobResource; readonly spans: readonly ReceivedSpan[] }>;
  /** The header `traceparent` of every webhook that was sent. */
  readonly told: readonly (string | null)[];
  /** A trace as Jaeger has it, once it has so many spans. */
  shown(traceId: string, spans: number): Promise<ShownTrace>;
}

/** Starts it all; `ui` is a folder with the built pages of Jaeger. */
export async function startTracedFleet(programs: TracePrograms, ui?: string): Promise<TracedFleet> {
  await using parts = new AsyncDisposableStack();
  const told: (string | null)[] = [];
  const receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      told.push(request.headers.get("traceparent"));
      return new Response();
    },
  });
  parts.defer(() => receiver.stop(true));
  const jaeger = parts.use(await startJaeger(programs.jaeger, ui));
  const servers = parts.use(await fleetServers());
  const fleet = parts.use(await startFleet({ ...servers, env: { SECRETS_KEY: "k".repeat(32) } }));
  const file = join(fleet.home, "traces.jsonl");
  const collector = parts.use(await startCollector(programs.collector, { file, to: jaeger.url }));
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: "200",
    ALLOW_PRIVATE_HOSTS: `${fleet.env["ALLOW_PRIVATE_HOSTS"]},127.0.0.1:${receiver.port}`,
  };
  const [api] = await Promise.all([fleet.api({ env }), fleet.worker("one", { env })]);
  const jobs = fleetJobs(api.url);
  const received = async (traceId: string): Promise<readonly ReceivedSpan[]> => {
    const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
    // The last one may be half written.
    const whole = lines.slice(0, -1).flatMap((line) => spansOf(JSON.parse(line)));
    return whole.filter((span) => span.traceId === traceId);
  };
  const kept = parts.move();

  return {
    jaeger,
    told,
    runJob: async ({ traceId, spanId }) => {
      const answer = await fetch(`${api.url}/api/v1/downloads`, {
        method: "POST",
        headers: { "content-type": "application/json", traceparent: `00-${traceId}-${spanId}-01` },
        body: JSON.stringify({
          url: fleet.youtube.url("sampleVid01"),
          output: { type: "video", quality: "360p" },
          webhookUrl: `http://127.0.0.1:${receiver.port}/`,
        }),
      });
      if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
      const job = await jobs.succeeded(((await answer.json()) as JobResource).id);
      const spans = await eventually(
        async () => {
          const all = await received(traceId);
          return isComplete(all) && all;
        },
        { timeoutMs: 60_000, message: "the whole trace at the collector" },
      );
      return { job, spans };
    },
    shown: (traceId, spans) =>
      eventually(
        async () => {
          const answer = await fetch(`${jaeger.lookAt}/api/traces/${traceId}`);
          if (!answer.ok) return false;
          const { data } = JaegerTrace.parse(await answer.json());
          const all = data.flatMap((one) => one.spans.map(({ operationName }) => operationName));
          const services = data.flatMap((one) => Object.values(one.processes).map(({ serviceName }) => serviceName));
          return all.length >= spans && { spans: all, services: [...new Set(services)].sort() };
        },
        { timeoutMs: 60_000, message: "the whole trace in Jaeger" },
      ),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
