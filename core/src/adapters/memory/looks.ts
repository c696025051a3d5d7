import type { KeptLooks } from "../../egress/kept-looks.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** What was found at links lately, in memory. */
export function createMemoryLooks({ looks }: MemoryState, decide: Decide): KeptLooks {
  const nameOf = (key: string, shelf: string): string => JSON.stringify([key, shelf]);
  const newestFirst = () => looks.values().sort((one, other) => Number(other.madeAt) - Number(one.madeAt));

  return {
    put: ({ keptForMs, ...look }) =>
      decide((now) => {
        const row = { ...look, owner: storableText(look.owner), egress: storableText(look.egress), madeAt: now };
        looks.set(nameOf(look.key, look.shelf), { ...row, keptUntil: later(now, keptForMs) });
      }),

    get: (key, shelf) =>
      decide((now) => {
        const row = looks.get(nameOf(key, shelf));
        return row !== undefined && row.keptUntil > now ? row.sealed : null;
      }),

    egressesOf: (key) =>
      decide((now) => {
        const there = newestFirst().filter((row) => row.key === key && row.keptUntil > now);
        return [...new Set(there.map(({ egress }) => egress))];
      }),

    removeOld: (most, limit) =>
      decide((now) => {
        const all = newestFirst();
        const over = all[most]?.madeAt;
        const old = all.filter(({ madeAt, keptUntil }) => keptUntil <= now || (over !== undefined && madeAt <= over));
        const removed = old.toReversed().slice(0, limit);
        for (const { key, shelf } of removed) looks.delete(nameOf(key, shelf));
        return removed.length;
      }),
  };
}
