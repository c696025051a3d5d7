import { AppError } from "../errors/app-error.ts";
import type { KeyId } from "../runtime/ids.ts";
import { hashApiKey } from "./key-secret.ts";
import type { Scope } from "./scopes.ts";

/** In whose place a ticket stands: what its key may do, and the key itself. */
export interface TicketGrant {
  readonly owner: string;
  readonly scopes: readonly Scope[];
  /** Null: made while keys are off. */
  readonly keyId: KeyId | null;
  /** Of the secret of the key that asked for it: the ticket is no better than that. */
  readonly secretHash: string | null;
}

/** The repository of tickets. Time is the store's. */
export interface Tickets {
  /** Writes a ticket under the hash of its text, and resolves with its end. */
  insert(hash: string, grant: TicketGrant, validMs: number): Promise<Date>;
  /** Takes a ticket, which happens once, whoever asks. Null: there is none, it was taken before, or it has expired. */
  take(hash: string): Promise<TicketGrant | null>;
  /** Deletes expired tickets, so many at most, and says how many these were. */
  removeExpired(limit: number): Promise<number>;
}

/** A new ticket. Its text is not kept anywhere. */
export interface CreatedTicket {
  readonly ticket: string;
  readonly expiresAt: Date;
}

/** How long a ticket is good, in milliseconds. */
export const ticketMs = 60_000;

const prefix = "vft_";
const shape = new RegExp(`^${prefix}[\\w-]{43}$`);

/** Makes a ticket: a text that opens one event stream in the place of a key, once, within {@link ticketMs}. */
export async function createTicket(tickets: Pick<Tickets, "insert">, grant: TicketGrant): Promise<CreatedTicket> {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const text = btoa(String.fromCharCode(...bytes));
  const ticket = prefix + text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return { ticket, expiresAt: await tickets.insert(await hashApiKey(ticket), grant, ticketMs) };
}

/** Takes a ticket. Throws `unauthorized` when it is none, was used before, or has expired. */
export async function takeTicket(tickets: Pick<Tickets, "take">, text: string): Promise<TicketGrant> {
  // What cannot be a ticket is refused without a query.
  const grant = shape.test(text) ? await tickets.take(await hashApiKey(text)) : null;
  if (grant !== null) return grant;
  throw new AppError("unauthorized", "The ticket is not valid, was used before, or has expired.", {
    hint: "A ticket opens one stream within a minute: make a new one with POST /api/v1/tickets for each connection.",
  });
}
