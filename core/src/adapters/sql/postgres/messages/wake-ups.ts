import { createBatcher } from "../../../system/batcher.ts";
import type { MessageConnections } from "./connections.ts";

/** Tells the processes on a database that jobs are due, as `storeHintQueue` wants it. */
export interface PostgresWakeUps {
  /** Wakes all processes that listen. Rejects with `unavailable` when they could not be told. */
  ring(): Promise<void>;
  /** Calls the listener when jobs may be due that other processes have offered. Returns how to stop. */
  listen(listener: () => void): () => void;
  /** Why they do not arrive, so that receivers have to poll more often; null while they do, or before anybody listens. */
  problem(): string | null;
}

const atOnce = 10_000;

/** Wake-ups as notifications of the database. They say nothing but that: which jobs are due, the store says. */
export function postgresWakeUps(connections: MessageConnections): PostgresWakeUps {
  const channel = connections.channel("queue");
  // Jobs that are offered while a notification is under way share the next one.
  const rings = createBatcher<null, null>(atOnce, async (batch) => {
    await connections.notify(channel, "");
    return batch;
  });
  return {
    ring: async () => {
      await rings.push(null);
    },
    listen: (listener) => {
      const listening = connections.listener.listen(channel, () => listener());
      listening.catch(() => undefined);
      return () => void listening.then((stop) => stop()).catch(() => undefined);
    },
    problem: () => connections.listener.problem(),
  };
}
