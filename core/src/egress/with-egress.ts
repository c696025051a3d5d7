import { toAppError } from "../errors/app-error.ts";
import type { Egresses, EgressLease, EgressUse } from "./egresses.ts";

/** Does some work through an egress, and tells the egress how the source answered. */
export async function withEgress<T>(
  egresses: Egresses,
  use: EgressUse,
  work: (egress: EgressLease) => Promise<T>,
): Promise<T> {
  const lease = await egresses.lease(use);
  try {
    const result = await work(lease);
    lease.report(null);
    return result;
  } catch (error) {
    // Work that was given up says nothing of the source.
    if (!use.signal.aborted) lease.report(toAppError(error).code);
    throw error;
  } finally {
    await lease.release();
  }
}
