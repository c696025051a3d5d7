import type { ControlSignal } from "../../ports/job-queue.ts";

/** A control signal as it goes over the channel. */
export function formatSignal(signal: ControlSignal): string {
  return JSON.stringify(signal);
}

/** The control signal a message carries, or null for one of another kind: newer processes may send more than this one knows. */
export function parseSignal(message: string): ControlSignal | null {
  try {
    const value = JSON.parse(message) as Partial<ControlSignal> | null;
    return value?.type === "stop" && typeof value.jobId === "string" ? { type: "stop", jobId: value.jobId } : null;
  } catch {
    return null;
  }
}
