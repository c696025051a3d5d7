import { type Answer, answerOf } from "./answer.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type { Ticket } from "./types.ts";

/** Tickets for browsers, whose `EventSource` and `WebSocket` cannot send a key. */
export interface Tickets {
  /** Makes a ticket: `?ticket=` opens one event stream or WebSocket with the rights of the client's key, within a minute. */
  create(options?: CallOptions): Answer<Ticket>;
}

/** Makes the tickets part of a client. */
export function createTickets({ raw, sender }: Transport): Tickets {
  return {
    create: (options) => answerOf(raw.POST("/api/v1/tickets", { fetch: sender(options) }), "ticket"),
  };
}
