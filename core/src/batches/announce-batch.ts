import type { ServiceDeps } from "../dependencies.ts";
import { eventRetentionSeconds } from "../jobs/announce.ts";
import { batchTopic, ownerTopic } from "../jobs/event-log.ts";
import { type Batch, isBatchOver } from "./batch.ts";
import { toBatchResource } from "./resource.ts";

/**
 * Tells followers of the batch, and of its owner, how it is. Never rejects: followers fall back to the store when the log has
 * lost events.
 */
export async function announceBatch(
  { events, logger }: Pick<ServiceDeps, "events" | "logger">,
  batch: Batch,
  deletedAt?: Date,
): Promise<void> {
  const removed = deletedAt === undefined ? {} : { deletedAt: deletedAt.toISOString() };
  const event = { type: "batch", data: { ...toBatchResource(batch), ...removed } } as const;
  try {
    await Promise.all([batchTopic(batch.id), ownerTopic(batch.owner)].map((topic) => events.append(topic, event)));
    if (isBatchOver(batch.state)) await events.expire(batchTopic(batch.id), eventRetentionSeconds);
  } catch (error) {
    logger.warn("a batch event could not be appended", { batchId: batch.id, state: batch.state, error });
  }
}
