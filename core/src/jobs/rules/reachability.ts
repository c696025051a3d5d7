/**
 * How outages of the database are detected. Every search for lost workers writes a timestamp to it; a gap between two timestamps
 * means that no process reached the database, or that its clock jumped. Then no worker could extend its lease, so expired leases
 * are ignored until the database has been reachable for long enough that every live worker has sent a heartbeat.
 *
 * A heartbeat is due after a third of a lease, when two thirds are left, and a failed one is tried again after `retryPauseMs`.
 * So that a lease never expires in an outage too short to be noticed: `gapMs + retryPauseMs < leaseMs × 2 / 3`.
 */
export const gapMs = (leaseMs: number): number => Math.ceil(leaseMs / 2);

/** How long the database must have been reachable before an expired lease counts: a whole lease and a heartbeat. */
export const graceMs = (leaseMs: number): number => Math.ceil((leaseMs * 4) / 3);

/** Expiry of a lease that was ended explicitly, because its worker is known to be dead: in the past by any clock. */
export const endedLease = new Date(0);
