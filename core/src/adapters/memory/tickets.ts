import type { Tickets } from "../../accounts/tickets.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The tickets in memory. */
export function createMemoryTickets({ tickets }: MemoryState, decide: Decide): Tickets {
  return {
    insert: (hash, grant, validMs) =>
      decide((now) => {
        const expiresAt = later(now, validMs);
        tickets.set(hash, { hash, grant: { ...grant, owner: storableText(grant.owner) }, expiresAt });
        return expiresAt;
      }),
    take: (hash) =>
      decide((now) => {
        const row = tickets.get(hash);
        if (row === undefined || row.expiresAt <= now) return null;
        tickets.delete(hash);
        return row.grant;
      }),
    removeExpired: (limit) =>
      decide((now) => {
        const expired = tickets
          .values()
          .filter(({ expiresAt }) => expiresAt <= now)
          .slice(0, limit);
        for (const { hash } of expired) tickets.delete(hash);
        return expired.length;
      }),
  };
}
