import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { startManagedService } from "./managed-service.ts";
import type { TestService } from "./service.ts";

/** Takes OTLP over HTTP at its address. */
export interface TraceSink extends TestService {
  /** Where a person looks at the traces; empty where nobody can. */
  readonly lookAt: string;
}

/**
 * Starts an OpenTelemetry Collector, which writes what it takes to a file, as a line of OTLP's JSON for each export, and passes it
 * on by OTLP over HTTP.
 */
export async function startCollector(
  program: string,
  { file, to }: { readonly file: string; readonly to: string },
): Promise<TraceSink> {
  const port = await freePort();
  return await start("the OpenTelemetry Collector", program, port, `http://127.0.0.1:${port}/v1/traces`, "", {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { file: { path: file, flush_interval: "100ms" }, otlphttp: { endpoint: to } },
    service: {
      pipelines: { traces: { receivers: ["otlp"], exporters: ["file", "otlphttp"] } },
      telemetry: quiet,
    },
  });
}

/** Starts a Jaeger that keeps traces in memory; `ui` is a folder with its built pages, without which it has an empty one. */
export async function startJaeger(program: string, ui?: string): Promise<TraceSink> {
  const [port, query, grpc] = [await freePort(), await freePort(), await freePort()];
  const pages = ui === undefined ? {} : { ui: { assets_path: ui } };
  const lookAt = `http://127.0.0.1:${query}`;
  return await start("Jaeger", program, port, `${lookAt}/api/services`, lookAt, {
    extensions: {
      jaeger_storage: { backends: { kept: { memory: { max_traces: 10_000 } } } },
      jaeger_query: {
        storage: { traces: "kept" },
        http: { endpoint: `127.0.0.1:${query}` },
        grpc: { endpoint: `127.0.0.1:${grpc}` },
        ...pages,
      },
    },
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { jaeger_storage_exporter: { trace_storage: "kept" } },
    service: {
      extensions: ["jaeger_storage", "jaeger_query"],
      pipelines: { traces: { receivers: ["otlp"], exporters: ["jaeger_storage_exporter"] } },
      telemetry: quiet,
    },
  });
}

/** Their own metrics would take a port that may be another's. */
const quiet = { metrics: { level: "none" } };

async function start(
  name: string,
  program: string,
  port: number,
  answersAt: string,
  lookAt: string,
  config: object,
): Promise<TraceSink> {
  const dataDir = await mkdtemp(join(tmpdir(), "vidferry-traces-"));
  const path = join(dataDir, "config.yaml");
  // JSON is YAML.
  await writeFile(path, JSON.stringify(config));
  const isReady = async (): Promise<boolean> => {
    try {
      const answer = await fetch(answersAt, { signal: AbortSignal.timeout(5_000) });
      await answer.body?.cancel();
      return answer.status < 500;
    } catch {
      return false;
    }
  };
  const command = { name, program, args: ["--config", path], isReady, dataDir };
  const service = await startManagedService(`http://127.0.0.1:${port}`, port, command);
  return Object.assign(service, { lookAt });
}
