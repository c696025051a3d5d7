import type { Repositories } from "../database/database.ts";
import { deliveryTo } from "../webhooks/delivery-to.ts";
import { isOperator } from "../webhooks/operators.ts";
import type { BreakerOptions } from "./breaker.ts";
import type { Egress } from "./egress.ts";
import { toEgressResource } from "./resource.ts";

/**
 * Writes a delivery for each webhook of an operator that is told of blocked egresses, in the transaction that blocks one. Owners
 * whose keys have lost `admin` since they made a webhook are told nothing.
 */
export async function tellBlocked(
  tx: Pick<Repositories, "webhooks" | "deliveries" | "keys">,
  egress: Egress,
  now: Date,
  breaker: BreakerOptions,
): Promise<void> {
  const type = "egress.blocked";
  const listening = await tx.webhooks.listening(type);
  const owners = new Set<string>();
  for (const owner of new Set(listening.map((webhook) => webhook.owner)))
    if (await isOperator(tx, owner)) owners.add(owner);
  const webhooks = listening.filter(({ owner }) => owners.has(owner));
  if (webhooks.length === 0) return;
  const body = JSON.stringify({
    type,
    timestamp: now.toISOString(),
    data: { egress: toEgressResource(egress, now, breaker) },
  });
  await tx.deliveries.insert(webhooks.map((webhook) => deliveryTo(webhook, { type, body, at: now })));
}
