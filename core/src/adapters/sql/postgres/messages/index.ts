import type { RateCounter } from "../../../../accounts/rate-counter.ts";
import type { EventLog } from "../../../../jobs/event-log.ts";
import type { Signals } from "../../../../jobs/signals.ts";
import type { ProbeRelay } from "../../../../sources/probe-relay.ts";
import { createProbeRelay, type ProbeRelayOptions } from "../../../probe-relay/index.ts";
import { type MessageConnectionsOptions, openMessageConnections } from "./connections.ts";
import { type PostgresEventLogOptions, postgresEventLog } from "./event-log.ts";
import { postgresQuestionBoard } from "./question-board.ts";
import { postgresRateCounter } from "./rate-counter.ts";
import { postgresSignals } from "./signals.ts";
import { type PostgresWakeUps, postgresWakeUps } from "./wake-ups.ts";

/** How {@link postgresMessages} connects, and how much it keeps. */
export interface PostgresMessagesOptions
  extends MessageConnectionsOptions,
    PostgresEventLogOptions,
    ProbeRelayOptions {}

/** What the processes of a service tell each other, through the database alone. */
export interface PostgresMessages {
  readonly signals: Signals;
  readonly events: EventLog;
  readonly wakeUps: PostgresWakeUps;
  readonly probes: ProbeRelay;
  readonly rates: RateCounter;
  /** Rejects with `unavailable` unless the server that is listened to answers. */
  checkListening(signal?: AbortSignal): Promise<void>;
  /** Closes all of them and their connections. */
  close(): Promise<void>;
}

/**
 * Signals, events, wake-ups, probes and counts of requests, over LISTEN, NOTIFY and tables, for several hosts that have a PostgreSQL and nothing else. Up to four
 * connections of a process, opened when they are first used: one listens, the others are for statements.
 */
export function postgresMessages(options: PostgresMessagesOptions): PostgresMessages {
  const connections = openMessageConnections(options);
  const signals = postgresSignals(connections, options.logger);
  const events = postgresEventLog(connections, options);
  const probes = createProbeRelay(postgresQuestionBoard(connections), options);
  const rates = postgresRateCounter(connections, options);
  return {
    probes,
    rates,
    signals,
    events,
    wakeUps: postgresWakeUps(connections),
    checkListening: connections.checkListening,
    close: async () => {
      await Promise.all([signals.close(), events.close(), probes.close(), rates.close()]);
      await connections.close();
    },
  };
}
