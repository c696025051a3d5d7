import { timeOrderedId } from "../runtime/time-ordered-id.ts";
import type { NewDelivery } from "../webhooks/deliveries.ts";
import type { ListeningWebhook } from "../webhooks/deliveries-of-ends.ts";
import { deliveryTarget } from "../webhooks/delivery-target.ts";
import type { Batch } from "./batch.ts";
import { toBatchResource } from "./resource.ts";

const type = "batch.finished";

/** The deliveries that follow from the end of batches: one for each webhook of the owner that asked for it. */
export function deliveriesOfBatches(
  batches: readonly Batch[],
  webhooks: readonly ListeningWebhook[],
): readonly NewDelivery[] {
  return batches.flatMap((batch) => {
    const { owner, traceparent } = batch;
    const at = batch.finishedAt ?? batch.updatedAt;
    const body = JSON.stringify({ type, timestamp: at.toISOString(), data: { batch: toBatchResource(batch) } });
    return webhooks
      .filter((webhook) => webhook.owner === owner && webhook.events.includes(type))
      .map(
        ({ id: webhookId }): NewDelivery => ({
          id: timeOrderedId("dlv", at),
          owner,
          webhookId,
          url: null,
          target: deliveryTarget({ owner, webhookId, url: null }),
          type,
          jobId: null,
          traceparent,
          body,
        }),
      );
  });
}
