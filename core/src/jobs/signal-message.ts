import { isId } from "../runtime/ids.ts";
import { logLevels } from "../telemetry/logger.ts";
import type { ControlSignal } from "./signals.ts";

/** A control signal as it goes over the channel. */
export function formatSignal(signal: ControlSignal): string {
  return JSON.stringify(signal);
}

/** The control signal a message carries, or null for one of another kind: newer processes may send more than this one knows. */
export function parseSignal(message: string): ControlSignal | null {
  try {
    const value = JSON.parse(message) as Partial<Record<"type" | "jobId" | "host" | "level", unknown>> | null;
    if (value?.type === "stop" || value?.type === "finish") {
      const { type, jobId } = value;
      return typeof jobId === "string" && isId("job", jobId) ? { type, jobId } : null;
    }
    if (value?.type === "drain" && (value.host === null || typeof value.host === "string")) {
      return { type: "drain", host: value.host };
    }
    if (value?.type === "log-level") {
      const level = value.level === null ? null : logLevels.find((known) => known === value.level);
      return level === undefined ? null : { type: "log-level", level };
    }
    return null;
  } catch {
    return null;
  }
}
