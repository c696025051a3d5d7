import { and, inArray, isNull } from "drizzle-orm";
import type { Job } from "../../../jobs/job.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { deliveriesOfEnds } from "../../../webhooks/deliveries-of-ends.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { insertDeliveries } from "./deliveries.ts";
import { writeHistory } from "./history.ts";

/**
 * Writes what follows from the end of jobs, in the transaction that ends them. Every write that makes a job terminal, or
 * removes one that is not, calls it with the jobs as they are then.
 */
export async function afterEnd(db: QueryBuilder, connection: SqlConnection, ended: readonly Job[]): Promise<void> {
  if (ended.length === 0) return;
  // Side by side, so that they take one round trip to a database over the network.
  await Promise.all([writeHistory(db, connection, ended), writeDeliveries(db, connection, ended)]);
}

async function writeDeliveries(db: QueryBuilder, connection: SqlConnection, ended: readonly Job[]): Promise<void> {
  const owners = [...new Set(ended.map(({ owner }) => storableText(owner)))];
  const listening = await listeningWebhooks(db, connection, owners);
  await insertDeliveries(db, connection, deliveriesOfEnds(ended, listening));
}

/** The webhooks of these owners that messages go to. */
export function listeningWebhooks(db: QueryBuilder, { schema }: SqlConnection, owners: readonly string[]) {
  const { webhooks } = schema;
  return db
    .select({ id: webhooks.id, owner: webhooks.owner, events: webhooks.events })
    .from(webhooks)
    .where(and(inArray(webhooks.owner, [...owners]), isNull(webhooks.disabledAt)));
}
