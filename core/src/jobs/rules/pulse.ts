/**
 * How a store knows that it was away itself. Whoever looks for lost workers leaves a mark of the moment in the store; a gap
 * between two marks means that nobody reached it, or that its clock jumped. Then no worker could keep its lease, so leases
 * that ran out count for nothing until the store has been steady for long enough that every living worker has written again.
 *
 * The gap is shorter than what is left of a lease when its heartbeat is due (two thirds), by more than the time after which
 * a failed heartbeat is tried again.
 */
export const gapMs = (leaseMs: number): number => Math.ceil(leaseMs / 2);

/** How long the store must have been steady before a lease that ran out is believed: a whole lease and a heartbeat. */
export const graceMs = (leaseMs: number): number => Math.ceil((leaseMs * 4) / 3);

/** The end of a lease that was ended by name, because its worker is known to be gone: long ago, whatever the clock did. */
export const endedLease = new Date(0);
