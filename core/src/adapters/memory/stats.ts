import { storableText } from "../../jobs/rules/storable.ts";
import { dimensionOf, groupKeyOf, longestGrain, orderGroups, sumByKey } from "../../stats/group-figures.ts";
import { cover, type Grain } from "../../stats/periods.ts";
import { addFigures, type Dimension, noFigures, rollUp, type StatRow, textOfKey } from "../../stats/roll-up.ts";
import type { Stats, StatsQuery } from "../../stats/stats.ts";
import { markCounted } from "./history.ts";
import type { Decide, MemoryState } from "./state.ts";

/** The statistics in memory. */
export function createMemoryStats(state: MemoryState, decide: Decide): Stats {
  const { stats, history } = state;

  /** The rows of one dimension that together cover the time of a question. */
  const rowsOf = ({ from, to }: StatsQuery, dimension: Dimension, longest: Grain): readonly StatRow[] => {
    const spans = cover(from, to, longest);
    return stats
      .values()
      .filter((row) => row.dimension === dimension)
      .filter((row) => spans.some((span) => row.grain === span.grain && row.start >= span.from && row.start < span.to));
  };

  return {
    countEnded: (limit) =>
      decide(() => {
        const ends = history
          .values()
          .filter(({ counted }) => !counted)
          .slice(0, limit);
        for (const row of rollUp(ends.map(({ ended }) => ended))) {
          const key = textOfKey(row);
          stats.set(key, { ...row, ...addFigures(stats.get(key) ?? noFigures, row) });
        }
        for (const row of ends) markCounted(state, row);
        return ends.length;
      }),

    read: (query) =>
      decide(() => {
        const { by } = query;
        const owner = query.owner === null || by === "owner" ? null : storableText(query.owner);
        const isWanted = (row: StatRow): boolean => (by === "owner" ? row.owner !== null : row.owner === owner);
        const rows = rowsOf(query, dimensionOf(by), longestGrain(by)).filter(isWanted);
        const total = rowsOf(query, "total", "month")
          .filter((row) => row.owner === owner)
          .reduce<ReturnType<typeof addFigures>>(addFigures, noFigures);
        const groups = orderGroups(query, sumByKey(rows.map((row) => [groupKeyOf(by, row), row])));
        return { total, groups };
      }),
  };
}
