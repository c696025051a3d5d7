import { expect, test } from "bun:test";
import { createTicket, type TicketGrant, takeTicket } from "./tickets.ts";

const grant: TicketGrant = { owner: "ada", scopes: ["downloads:read"], keyId: "key_1", secretHash: "hash" };

test("a ticket is random, fits into a URL, and is stored as a hash alone", async () => {
  const stored: string[] = [];
  const insert = async (hash: string): Promise<Date> => {
    stored.push(hash);
    return new Date(0);
  };
  const made = await Promise.all(Array.from({ length: 50 }, () => createTicket({ insert }, grant)));
  expect(new Set(made.map(({ ticket }) => ticket)).size).toBe(50);
  for (const { ticket } of made) {
    expect(ticket).toMatch(/^vft_[A-Za-z0-9_-]{43}$/);
    expect(encodeURIComponent(ticket)).toBe(ticket);
    expect(stored.join()).not.toContain(ticket);
  }
});

test("a ticket is taken by its hash; what can be none is refused without a query", async () => {
  const stored = new Map<string, TicketGrant>();
  const insert = async (hash: string, of: TicketGrant): Promise<Date> => {
    stored.set(hash, of);
    return new Date(0);
  };
  const { ticket } = await createTicket({ insert }, grant);
  const asked: string[] = [];
  const take = async (hash: string): Promise<TicketGrant | null> => {
    asked.push(hash);
    return stored.get(hash) ?? null;
  };
  expect(await takeTicket({ take }, ticket)).toEqual(grant);
  const foreign = `${ticket.slice(0, -1)}${ticket.endsWith("A") ? "B" : "A"}`;
  await expect(takeTicket({ take }, foreign)).rejects.toMatchObject({ code: "unauthorized" });
  expect(asked).toHaveLength(2);
  for (const text of ["", "vft_", `${ticket}x`, ` ${ticket}`, ticket.slice(4), `vf_${"a".repeat(46)}`]) {
    await expect(takeTicket({ take }, text)).rejects.toMatchObject({ code: "unauthorized" });
  }
  expect(asked).toHaveLength(2);
});
