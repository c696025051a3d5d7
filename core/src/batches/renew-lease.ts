import type { ServiceDeps } from "../dependencies.ts";
import type { ExpansionRef } from "./batches.ts";

/** Renews the lease of an expansion until `signal` aborts; calls `onLost` when another worker has the batch, or it is over. Never rejects. */
export async function renewLease(
  { database, clock, logger }: Pick<ServiceDeps, "database" | "clock" | "logger">,
  ref: ExpansionRef,
  leaseMs: number,
  signal: AbortSignal,
  onLost: () => void,
): Promise<void> {
  for (;;) {
    try {
      await clock.sleep(leaseMs / 3, signal);
    } catch {
      return;
    }
    try {
      if (!(await database.batches.hold(ref, leaseMs))) return onLost();
    } catch (error) {
      logger.warn("the lease of an expansion could not be renewed", { batchId: ref.id, error });
    }
  }
}
