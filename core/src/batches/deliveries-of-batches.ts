import type { NewDelivery } from "../webhooks/deliveries.ts";
import type { ListeningWebhook } from "../webhooks/deliveries-of-ends.ts";
import { deliveryTo } from "../webhooks/delivery-to.ts";
import { byteLength, maxStoredBytes } from "../webhooks/job-payload.ts";
import type { Batch } from "./batch.ts";
import { type BatchResource, toBatchResource } from "./resource.ts";

const type = "batch.finished";
const keptCharacters = 500;

/** The deliveries that follow from the end of batches: one for each webhook of the owner that asked for it. */
export function deliveriesOfBatches(
  batches: readonly Batch[],
  webhooks: readonly ListeningWebhook[],
): readonly NewDelivery[] {
  return batches.flatMap((batch) => {
    const { owner, traceparent } = batch;
    const at = batch.finishedAt ?? batch.updatedAt;
    const body = batchBody(toBatchResource(batch), at);
    return webhooks
      .filter((webhook) => webhook.owner === owner && webhook.events.includes(type))
      .map((webhook) => deliveryTo(webhook, { type, body, at, traceparent }));
  });
}

/** The batch as the API shows it; without its labels, and with shorter texts, where it is too long. */
function batchBody(batch: BatchResource, at: Date): string {
  const body = (data: object): string => JSON.stringify({ type, timestamp: at.toISOString(), data });
  const whole = body({ batch, trimmed: [] });
  if (byteLength(whole) <= maxStoredBytes) return whole;
  const { title, error, request } = batch;
  const short = {
    ...batch,
    labels: {},
    request: { ...request, labels: {} },
    title: title?.slice(0, keptCharacters) ?? null,
    error: error && { ...error, detail: error.detail.slice(0, keptCharacters) },
  };
  return body({ batch: short, trimmed: ["labels", "texts"] });
}
