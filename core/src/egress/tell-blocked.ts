import type { Repositories } from "../database/database.ts";
import { timeOrderedId } from "../runtime/time-ordered-id.ts";
import { deliveryTarget } from "../webhooks/delivery-target.ts";
import type { BreakerOptions } from "./breaker.ts";
import type { Egress } from "./egress.ts";
import { toEgressResource } from "./resource.ts";

/** Writes a delivery for each webhook that is told of blocked egresses, in the transaction that blocks one. */
export async function tellBlocked(
  tx: Pick<Repositories, "webhooks" | "deliveries">,
  egress: Egress,
  now: Date,
  breaker: BreakerOptions,
): Promise<void> {
  const type = "egress.blocked";
  const webhooks = await tx.webhooks.listening(type);
  if (webhooks.length === 0) return;
  const body = JSON.stringify({
    type,
    timestamp: now.toISOString(),
    data: { egress: toEgressResource(egress, now, breaker) },
  });
  await tx.deliveries.insert(
    webhooks.map(({ id, owner }) => ({
      ...{ id: timeOrderedId("dlv", now), owner, webhookId: id, url: null, type, jobId: null, traceparent: null, body },
      target: deliveryTarget({ owner, webhookId: id, url: null }),
    })),
  );
}
