import type { ServiceDeps } from "../dependencies.ts";

/** Deletes logs of events that have expired, where their backing service does not do so itself. */
export async function removeExpiredEventLogs({ events }: Pick<ServiceDeps, "events">, batch: number): Promise<void> {
  while ((await events.removeExpired(batch)) === batch);
}
