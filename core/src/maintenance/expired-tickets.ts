import type { ServiceDeps } from "../dependencies.ts";

/** Deletes tickets that nobody used in time. */
export async function removeExpiredTickets({ store }: Pick<ServiceDeps, "store">, batch: number): Promise<void> {
  while ((await store.tickets.removeExpired(batch)) === batch);
}
