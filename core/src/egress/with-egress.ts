import { toAppError } from "../errors/app-error.ts";
import type { Egresses, EgressLease, EgressUse } from "./egresses.ts";

/** Runs work with a leased egress, and reports to it how the source answered. */
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
    // Aborted work says nothing about the source.
    if (!use.signal.aborted) lease.report(toAppError(error).code);
    throw error;
  } finally {
    await lease.release();
  }
}
