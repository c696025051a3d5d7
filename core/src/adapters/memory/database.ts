import { randomUUID } from "node:crypto";
import type { Database, Deployment, Repositories } from "../../database/database.ts";
import { watchTransaction } from "../../database/transaction-watch.ts";
import { AppError } from "../../errors/app-error.ts";
import type { Clock } from "../../runtime/clock.ts";
import { createMemoryAccounts } from "./accounts.ts";
import { createMemoryAgenda } from "./agenda.ts";
import { createMemoryAnswers } from "./answers.ts";
import { createMemoryArtifacts } from "./artifacts.ts";
import { createMemoryAttempts } from "./attempts.ts";
import { createMemoryAudit } from "./audit.ts";
import { createMemoryBatches } from "./batches.ts";
import { createMemoryBlobs } from "./blobs.ts";
import { createMemoryDeliveries } from "./deliveries.ts";
import { createMemoryDispatch } from "./dispatch.ts";
import { createMemoryEgresses } from "./egresses.ts";
import { createMemoryEngineChoices } from "./engine-choices.ts";
import { createMemoryHistory } from "./history.ts";
import { createMemoryJobs } from "./jobs.ts";
import { createMemoryKeys } from "./keys.ts";
import { createMemoryLeases } from "./leases.ts";
import { createMemoryLooks } from "./looks.ts";
import { createMemoryOutbox } from "./outbox.ts";
import { createMemoryQueueStates } from "./queue-state.ts";
import { createMemoryReuse } from "./reuse.ts";
import { createMemorySchedules } from "./schedules.ts";
import { createMemorySightings } from "./sightings.ts";
import { createMemorySlots } from "./slots.ts";
import { createMemoryState, type Decide, type MemoryState } from "./state.ts";
import { createMemoryStats } from "./stats.ts";
import { createMemoryTaskLeases } from "./task-leases.ts";
import { createMemoryTickets } from "./tickets.ts";
import { createMemoryWebhooks } from "./webhooks.ts";
import { createMemoryWorkers } from "./workers.ts";

export interface MemoryStoreOptions {
  /** The store's time. */
  readonly clock: Clock;
}

/** Keeps everything in this process: for tests and for embedders that need no durability. */
export function memoryStore({ clock }: MemoryStoreOptions): Database {
  const state = createMemoryState();
  const deployment: Deployment = {
    id: `dep_${randomUUID().replaceAll("-", "")}`,
    createdAt: clock.now(),
  };
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: a transaction is open over several turns of the event loop. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };

  // JavaScript runs each of these to its end without interruption; that is what makes every decision atomic.
  const decide: Decide = async (decision) => {
    if (closed) throw new AppError("unavailable", "The job store is closed.");
    return decision(clock.now());
  };

  return {
    ...createRepositories(state, (decision) => inTurn(() => decide(decision))),

    transaction: (run) =>
      inTurn(async () => {
        await decide(() => state.undo.begin());
        const watch = watchTransaction();
        try {
          const within = createRepositories(state, (decision) => watch.statement(() => decide(decision)));
          const result = await watch.whole(() => run(within));
          state.undo.commit();
          return result;
        } catch (error) {
          state.undo.rollBack();
          throw error;
        }
      }),

    deployment: () => decide(() => deployment),

    check: async (signal) => {
      signal?.throwIfAborted();
      await decide(() => undefined);
    },

    close: async () => {
      await inTurn(async () => {
        closed = true;
      });
    },
  };
}

function createRepositories(state: MemoryState, decide: Decide): Repositories {
  return {
    jobs: createMemoryJobs(state, decide),
    attempts: createMemoryAttempts(state, decide),
    leases: createMemoryLeases(state, decide),
    dispatch: createMemoryDispatch(state, decide),
    artifacts: createMemoryArtifacts(state, decide),
    blobs: createMemoryBlobs(state, decide),
    keys: createMemoryKeys(state, decide),
    accounts: createMemoryAccounts(state, decide),
    slots: createMemorySlots(state, decide),
    tickets: createMemoryTickets(state, decide),
    outbox: createMemoryOutbox(state, decide),
    taskLeases: createMemoryTaskLeases(state, decide),
    agenda: createMemoryAgenda(decide),
    webhooks: createMemoryWebhooks(state, decide),
    deliveries: createMemoryDeliveries(state, decide),
    egresses: createMemoryEgresses(state, decide),
    looks: createMemoryLooks(state, decide),
    sightings: createMemorySightings(state, decide),
    audit: createMemoryAudit(state, decide),
    history: createMemoryHistory(state, decide),
    stats: createMemoryStats(state, decide),
    workers: createMemoryWorkers(state, decide),
    engineChoices: createMemoryEngineChoices(state, decide),
    queueStates: createMemoryQueueStates(state, decide),
    answers: createMemoryAnswers(state, decide),
    batches: createMemoryBatches(state, decide),
    reuse: createMemoryReuse(state, decide),
    schedules: createMemorySchedules(state, decide),
  };
}
