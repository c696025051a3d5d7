import type { ServiceDeps } from "../dependencies.ts";

/** Deletes tickets that nobody used in time. */
export async function removeExpiredTickets({ database }: Pick<ServiceDeps, "database">, batch: number): Promise<void> {
  while ((await database.tickets.removeExpired(batch)) === batch);
}
