import type { ProbeRelay } from "../../sources/probe-relay.ts";
import { createProbeRelay, type ProbeRelayOptions } from "../probe-relay/index.ts";
import { type RedisHub, redisHub } from "./hub.ts";
import { redisQuestionBoard } from "./question-board.ts";

/** How {@link redisProbeRelay} is set up. Either `url` or `hub`. */
export interface RedisProbeRelayOptions extends ProbeRelayOptions {
  /** `redis://…` or `rediss://…`; for connections of the relay's own. */
  readonly url?: string;
  /** Connections shared with others of this process. */
  readonly hub?: RedisHub;
  /** Start of all keys and channels. Default: `vidferry`. */
  readonly prefix?: string;
}

/**
 * Questions wait in a list; workers take them from it, and send heartbeats while they probe. Wake-ups and answers are
 * announced by pub/sub; since messages may be lost, both sides also poll.
 */
export function redisProbeRelay(options: RedisProbeRelayOptions): ProbeRelay {
  const hub = options.hub ?? ownHub(options);
  return createProbeRelay(redisQuestionBoard(hub, options.prefix ?? "vidferry"), options);
}

function ownHub({ url, logger }: RedisProbeRelayOptions): RedisHub {
  if (url === undefined) throw new Error("redisProbeRelay needs a url or a hub");
  return redisHub({ url, ...(logger && { logger }) });
}
