import type { Database, Repositories } from "@vidferry/core";

/** A database with some methods replaced, for tests in which they fail or wait. Transactions are not affected. */
export function storeWith(
  store: Database,
  changes: { readonly [R in keyof Repositories]?: Partial<Repositories[R]> },
): Database {
  return {
    ...store,
    jobs: { ...store.jobs, ...changes.jobs },
    attempts: { ...store.attempts, ...changes.attempts },
    leases: { ...store.leases, ...changes.leases },
    dispatch: { ...store.dispatch, ...changes.dispatch },
    artifacts: { ...store.artifacts, ...changes.artifacts },
    blobs: { ...store.blobs, ...changes.blobs },
    keys: { ...store.keys, ...changes.keys },
    accounts: { ...store.accounts, ...changes.accounts },
    tickets: { ...store.tickets, ...changes.tickets },
    outbox: { ...store.outbox, ...changes.outbox },
    agenda: { ...store.agenda, ...changes.agenda },
    taskLeases: { ...store.taskLeases, ...changes.taskLeases },
    audit: { ...store.audit, ...changes.audit },
    history: { ...store.history, ...changes.history },
    stats: { ...store.stats, ...changes.stats },
    workers: { ...store.workers, ...changes.workers },
    schedules: { ...store.schedules, ...changes.schedules },
    sightings: { ...store.sightings, ...changes.sightings },
    queueStates: { ...store.queueStates, ...changes.queueStates },
  };
}
