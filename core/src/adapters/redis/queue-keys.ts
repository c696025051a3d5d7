import type { Priority } from "../../jobs/request-values.ts";

/** The lanes in the order of their streams; their place in this list, from 1, is the lane's number in the scripts. */
export const lanes = ["high", "normal", "low"] as const satisfies readonly Priority[];

/** The consumer group that all receivers share. */
export const group = "workers";

/** Names of everything the queue keeps in Redis. One hash tag, so that scripts may touch all of it in a cluster. */
export interface QueueKeys {
  /** Streams of hints, as {@link lanes} orders them. Field `job`: the id. */
  readonly lanes: readonly [string, string, string];
  /** ZSET `<lane number>:<job id>` → due time in ms since 1970, by the server's clock. */
  readonly delayed: string;
  /** SET of the ids that wait in a lane, so that offering them again adds nothing. */
  readonly waiting: string;
  /** STREAM of one entry: a delayed hint became the earliest, whoever blocks should look again. */
  readonly wake: string;
}

/** The keys of the queue under this prefix. */
export function queueKeys(prefix: string): QueueKeys {
  const base = `${prefix}:{queue}`;
  return {
    lanes: [`${base}:high`, `${base}:normal`, `${base}:low`],
    delayed: `${base}:delayed`,
    waiting: `${base}:waiting`,
    wake: `${base}:wake`,
  };
}

/** The keys as the scripts take them: 1-3 lanes, 4 delayed, 5 waiting, 6 wake. */
export function queueKeyList(keys: QueueKeys): readonly string[] {
  return [...keys.lanes, keys.delayed, keys.waiting, keys.wake];
}
