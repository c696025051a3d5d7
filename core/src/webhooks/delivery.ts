import { z } from "zod";
import type { DeliveryId, JobId, WebhookId } from "../runtime/ids.ts";
import type { WebhookEvent } from "./events.ts";

export const DeliveryAttempt = z
  .object({
    at: z.iso.datetime(),
    status: z.int().nullable().describe("The HTTP status of the answer; null when there was none."),
    durationMs: z.int(),
    error: z.string().nullable().describe("Why it does not count as delivered; null when it does."),
  })
  .meta({ id: "WebhookAttempt" });
/** One try to deliver. The answer's body is not kept: it may hold the receiver's secrets. */
export type DeliveryAttempt = z.infer<typeof DeliveryAttempt>;

export const DeliveryState = z.enum(["pending", "delivered", "failed"]);
export type DeliveryState = z.infer<typeof DeliveryState>;

/** What a delivery tells: an event, or that a test was asked for. */
export type DeliveryType = WebhookEvent | "webhook.test";

/** One message to one address. */
export interface WebhookDelivery {
  /** Also the message's id for the receiver: it stays the same over all tries and replays. */
  readonly id: DeliveryId;
  readonly owner: string;
  /** null: it goes to the address that the job's request named. */
  readonly webhookId: WebhookId | null;
  /** The address of a delivery without a webhook. */
  readonly url: string | null;
  readonly type: DeliveryType;
  readonly jobId: JobId | null;
  /** Of the job; see `Job.traceparent`. */
  readonly traceparent: string | null;
  /** The JSON text that is sent. */
  readonly body: string;
  readonly state: DeliveryState;
  /** The latest tries, in order. */
  readonly attempts: readonly DeliveryAttempt[];
  /** Tries since it was written or replayed; the next pause depends on it. */
  readonly tries: number;
  readonly createdAt: Date;
  /** null when it is over. */
  readonly nextAttemptAt: Date | null;
  readonly finishedAt: Date | null;
}

/** Attempts that are kept of one delivery; with replays there may be more. */
export const keptAttempts = 25;
