/**
 * How outages of the database are detected. Every search for lost workers writes a timestamp to it; a gap between two timestamps
 * means that no process reached the database, or that its clock jumped. Then no worker could extend its lease, so expired leases
 * are ignored until the database has been reachable for long enough that every live worker has sent a heartbeat.
 *
 * The gap is shorter than what is left of a lease when its heartbeat is due (two thirds), by more than the time after which
 * a failed heartbeat is tried again.
 */
export const gapMs = (leaseMs: number): number => Math.ceil(leaseMs / 2);

/** How long the database must have been reachable before an expired lease counts: a whole lease and a heartbeat. */
export const graceMs = (leaseMs: number): number => Math.ceil((leaseMs * 4) / 3);

/** Expiry of a lease that was ended explicitly, because its worker is known to be dead: in the past by any clock. */
export const endedLease = new Date(0);
