import { isId, type JobId } from "../../runtime/ids.ts";

/** A hint as it is in a message. Its lane is that of the queue. */
export interface HintMessage {
  readonly jobId: JobId;
  /** Not to be delivered before, in milliseconds since 1970 by the sender's clock; null: at once. */
  readonly dueAt: number | null;
}

/** SQS delays by whole seconds, a quarter of an hour at most; the receiver does the rest. */
const longestDelayMs = 900_000;

export function formatHint(jobId: JobId, delayMs: number, now: number): { body: string; delaySeconds: number } {
  if (delayMs <= 0) return { body: JSON.stringify({ job: jobId }), delaySeconds: 0 };
  return {
    body: JSON.stringify({ job: jobId, sentAt: now, delayMs }),
    delaySeconds: Math.floor(Math.min(delayMs, longestDelayMs) / 1_000),
  };
}

/** The hint that a message carries; null for one of another kind. */
export function parseHint(body: string, now: number): HintMessage | null {
  try {
    const { job, sentAt, delayMs } = JSON.parse(body) as Partial<Record<"job" | "sentAt" | "delayMs", unknown>>;
    if (typeof job !== "string" || !isId("job", job)) return null;
    if (typeof sentAt !== "number" || typeof delayMs !== "number") return { jobId: job, dueAt: null };
    // Clocks of two machines may differ by more than the delay.
    return { jobId: job, dueAt: Math.min(sentAt + delayMs, now + delayMs) };
  } catch {
    return null;
  }
}
