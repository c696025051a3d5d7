import { readdir, readFile } from "node:fs/promises";
import { Counter, Gauge, type Registry } from "prom-client";

/** How long a process has run, in seconds, when these metrics are made. */
const startedAt = Date.now() / 1000 - process.uptime();

/**
 * What every Prometheus client tells of its process, under the usual names. Made here because what the library would add of the
 * runtime is wrong outside of Node.
 */
export function addProcessMetrics(registry: Registry): void {
  const registers = [registry];
  let counted = 0;
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time of this process, without its children.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      const seconds = (user + system) / 1_000_000;
      this.inc(Math.max(0, seconds - counted));
      counted = Math.max(counted, seconds);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of this process, without its children.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: "process_start_time_seconds",
    help: "When this process started, in seconds since 1970.",
    registers,
  }).set(startedAt);
  if (process.platform !== "linux") return;
  new Gauge({
    name: "process_open_fds",
    help: "Open file descriptors of this process.",
    registers,
    async collect() {
      this.set((await readdir("/proc/self/fd")).length);
    },
  });
  new Gauge({
    name: "process_max_fds",
    help: "File descriptors that this process may open.",
    registers,
    async collect() {
      const soft = /^Max open files\s+(\d+)/m.exec(await readFile("/proc/self/limits", "utf8"))?.[1];
      this.set(soft === undefined ? Number.POSITIVE_INFINITY : Number(soft));
    },
  });
}
