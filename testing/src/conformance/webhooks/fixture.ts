import type { NewDelivery, NewWebhook } from "@vidferry/core";

const hex = (): string => crypto.randomUUID().replaceAll("-", "");

/** A webhook to insert, of `ada`. */
export function newWebhook(changes: Partial<NewWebhook> = {}): NewWebhook {
  return {
    id: `whk_${hex()}`,
    owner: "ada",
    url: "https://hooks.example.com/a?b=c",
    events: ["job.succeeded", "job.failed", "job.canceled"],
    description: "it's a hook \u{1FA9D}",
    secrets: [{ sealed: "one", expiresAt: null }],
    ...changes,
  };
}

/** A delivery to insert. */
export function newDelivery(webhook: Pick<NewWebhook, "id">, changes: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id: `dlv_${hex()}`,
    owner: "ada",
    webhookId: webhook.id,
    url: null,
    target: webhook.id,
    type: "job.succeeded",
    jobId: null,
    traceparent: null,
    body: '{"type":"job.succeeded"}',
    ...changes,
  };
}

/** An attempt, for the log. */
export const anAttempt = (status: number | null) => ({
  at: "2026-11-26T10:00:00.000Z",
  status,
  durationMs: 12,
  error: status === 204 ? null : "It failed.",
});
