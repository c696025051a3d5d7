import { dataOf } from "./data-of.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type { Ticket } from "./types.ts";

/** Tickets for browsers, whose `EventSource` and `WebSocket` cannot send a key. */
export interface Tickets {
  /** Makes a ticket: `?ticket=` opens one event stream or WebSocket with the rights of the client's key, within a minute. */
  create(options?: CallOptions): Promise<Ticket>;
}

/** Makes the tickets part of a client. */
export function createTickets({ raw, sender }: Transport): Tickets {
  return {
    create: async (options) => dataOf(await raw.POST("/api/v1/tickets", { fetch: sender(options) }), "ticket"),
  };
}
