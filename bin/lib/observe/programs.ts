import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGoProgram, findGoProgram, type GoProgram, goEnvironment } from "../go-program.ts";

const jaeger: GoProgram = { module: "github.com/jaegertracing/jaeger/cmd/jaeger@v1.76.0", name: "jaeger" };
const builder: GoProgram = { module: "go.opentelemetry.io/collector/cmd/builder@v0.161.0", name: "builder" };
const manifest = fileURLToPath(new URL("./collector.yaml", import.meta.url));

/** What takes traces of the service. */
export interface TracePrograms {
  /** The OpenTelemetry Collector. */
  readonly collector: string;
  readonly jaeger: string;
}

// The collector has no module of its own: it is found as if it had, by its version.
const collector: GoProgram = {
  module: `otelcol@${/otlpreceiver (v[\d.]+)/.exec(readFileSync(manifest, "utf8"))?.[1]}`,
  name: "otelcol",
};

/** Finds the programs that were built before, or those in PATH, and builds the others: half an hour. @throws Error with Go's output. */
export function buildTracePrograms(tools: string): TracePrograms {
  return {
    collector: findGoProgram(tools, collector) ?? buildCollector(tools),
    jaeger: findGoProgram(tools, jaeger) ?? buildGoProgram(tools, jaeger),
  };
}

/** Lets the collector's own builder make it of `collector.yaml`. */
function buildCollector(tools: string): string {
  const folder = mkdtempSync(join(tmpdir(), "vidferry-otelcol-"));
  try {
    copyFileSync(manifest, join(folder, "collector.yaml"));
    const command = ["-n", "19", buildGoProgram(tools, builder), "--config", "collector.yaml"];
    const { status, stderr, stdout } = spawnSync("nice", command, {
      cwd: folder,
      env: goEnvironment(tools),
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`the collector could not be built: ${(stdout + stderr).slice(-2_000)}`);
    const kept = join(tools, "go", collector.module.slice(collector.module.lastIndexOf("@") + 1));
    mkdirSync(kept, { recursive: true });
    // On another disk it is copied first, so that a half one is never found.
    copyFileSync(join(folder, "collector/otelcol"), join(kept, "otelcol.part"));
    renameSync(join(kept, "otelcol.part"), join(kept, "otelcol"));
    return join(kept, "otelcol");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
