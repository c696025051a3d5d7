import { setTimeout as sleep } from "node:timers/promises";
import type { Stage, Strike } from "./fault-kind.ts";

/** One of so many faults is an outage, from this one on; not drawn, so that a short run has one as well. */
const every = 30;
const first = 4;

/** Whether the next fault, after so many, is an outage of the database. */
export const isOutageDue = (struck: number): boolean => struck % every === first;

/** PostgreSQL away for longer than a lease, while attempts go on and end: none of them may count as lost. */
export function databaseOutage({ servers, leaseMs }: Stage): Strike {
  const ms = leaseMs * 1.5;
  return {
    kind: "PostgreSQL away",
    target: "postgres",
    describe: `PostgreSQL stopped without a checkpoint, back after ${ms} ms`,
    stopsDatabase: true,
    run: async () => {
      process.kill(servers.postgres.pid, "SIGQUIT");
      await sleep(ms);
      await servers.postgres.restart();
    },
  };
}
