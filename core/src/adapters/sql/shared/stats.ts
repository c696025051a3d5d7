import { and, asc, desc, eq, gte, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import { storableJson, storableText } from "../../../jobs/rules/storable.ts";
import { dimensionOf, groupKeyOf, longestGrain, orderGroups, sumByKey } from "../../../stats/group-figures.ts";
import { cover, type Grain } from "../../../stats/periods.ts";
import {
  addFigures,
  type Dimension,
  type Figures,
  noFigures,
  rollUp,
  type StatRow,
  textOfKey,
} from "../../../stats/roll-up.ts";
import { mostGroups, type Stats, type StatsBy, type StatsQuery } from "../../../stats/stats.ts";
import { notCounted, ownersTotals } from "./conditions.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { toEndedJob } from "./history.ts";
import { inParts } from "./in-parts.ts";
import type { Schema } from "./schema.ts";
import { lockProgress } from "./stats-progress.ts";

type Row = Schema["stats"]["$inferSelect"];

/** The statistics over SQL: one implementation for both dialects. */
export function createSqlStats(open: OpenConnection): Stats {
  return {
    countEnded: async (limit) => {
      const connection = await open();
      // Without the lock: most of the time there is nothing to count.
      if ((await connection.read((db) => endsToCount(db, connection, 1))).length === 0) return 0;
      return await connection.transaction(async (db) => {
        await lockProgress(db, connection);
        const ends = await endsToCount(db, connection, limit);
        if (ends.length > 0) await addToStats(db, connection, rollUp(ends.map(toEndedJob)));
        await markCounted(db, connection, ends);
        return ends.length;
      });
    },

    read: async (query) => {
      const connection = await open();
      const groups = questionOf(query);
      const client = query.owner ?? "";
      const keys = isOpenEnded(query.by)
        ? (await connection.read((db) => largestGroups(db, connection, groups), client)).map(({ key }) => key)
        : null;
      const rows = await connection.read((db) => statRows(db, connection, groups, keys), client);
      const all = await connection.read((db) => statRows(db, connection, totalOf(query)), client);
      const byKey = sumByKey(rows.map((row) => [groupKeyOf(query.by, row), figuresOf(row)]));
      return { total: all.map(figuresOf).reduce(addFigures, noFigures), groups: orderGroups(query, byKey) };
    },
  };
}

/** Which rows answer a question. */
export interface StatsQuestion {
  readonly from: Date;
  readonly to: Date;
  readonly longest: Grain;
  readonly dimension: Dimension;
  /** Those of one owner, of everybody together, or of each owner. */
  readonly whose: { readonly owner: string } | "everybody" | "each";
}

/** The rows of the groups of an answer. */
export function questionOf({ by, owner, from, to }: StatsQuery): StatsQuestion {
  const dimension = dimensionOf(by);
  return { from, to, longest: longestGrain(by), dimension, whose: by === "owner" ? "each" : whoseOf(owner) };
}

/** The rows of the total of an answer. */
export function totalOf({ by, owner, from, to }: StatsQuery): StatsQuestion {
  return { from, to, longest: "month", dimension: "total", whose: by === "owner" ? "everybody" : whoseOf(owner) };
}

const whoseOf = (owner: string | null): StatsQuestion["whose"] =>
  owner === null ? "everybody" : { owner: storableText(owner) };

/** Whether an answer may have any number of groups, so that only the largest of them are read. */
const isOpenEnded = (by: StatsBy): boolean => by === "host" || by === "owner";

/** Ends that are not in the statistics. */
export function endsToCount(db: QueryBuilder, { schema: { history } }: SqlConnection, limit: number) {
  return db.select().from(history).where(notCounted).orderBy(asc(history.endedAt)).limit(limit);
}

/** The groups with the most ends. */
export function largestGroups(db: QueryBuilder, connection: SqlConnection, question: StatsQuestion) {
  const key = keyOf(connection, question);
  const count = sql`sum(${connection.schema.stats.count})`;
  return db
    .select({ key })
    .from(connection.schema.stats)
    .where(isAnswer(connection, question))
    .groupBy(key)
    .orderBy(desc(count), asc(key))
    .limit(mostGroups);
}

/** The rows that answer a question; of these groups alone, where they are named. */
export function statRows(
  db: QueryBuilder,
  connection: SqlConnection,
  question: StatsQuestion,
  keys: readonly string[] | null = null,
) {
  const wanted = keys && (keys.length === 0 ? sql`1 = 0` : inArray(keyOf(connection, question), [...keys]));
  return db
    .select()
    .from(connection.schema.stats)
    .where(and(isAnswer(connection, question), wanted ?? undefined));
}

const keyOf = ({ schema: { stats } }: SqlConnection, { whose }: StatsQuestion) =>
  whose === "each" ? stats.owner : stats.value;

/** The condition of the rows: a few ranges of an index. */
function isAnswer({ schema: { stats }, time }: SqlConnection, question: StatsQuestion): SQL {
  const { from, to, longest, dimension, whose } = question;
  const scope =
    whose === "each"
      ? ownersTotals
      : and(
          eq(stats.dimension, dimension),
          eq(stats.everybody, whose === "everybody" ? 1 : 0),
          eq(stats.owner, whose === "everybody" ? "" : whose.owner),
        );
  const ranges = cover(from, to, longest).map((span) =>
    and(eq(stats.grain, span.grain), gte(stats.start, time.at(span.from)), lt(stats.start, time.at(span.to)), scope),
  );
  return or(...ranges) ?? sql`1 = 0`;
}

/** Adds to rows of the statistics. Whoever calls it holds the lock, so that nobody else changes them. */
async function addToStats(db: QueryBuilder, connection: SqlConnection, rows: readonly StatRow[]): Promise<void> {
  const { schema, listed } = connection;
  const { stats } = schema;
  const { from, text, integer, timestamp } = listed(storableJson(rows.map(toEntry)));
  const keys = sql.join(
    [text("grain"), text("dimension"), integer("everybody"), text("owner"), timestamp("start"), text("value")],
    sql`, `,
  );
  const columns = [stats.grain, stats.dimension, stats.everybody, stats.owner, stats.start, stats.value];
  const known = await db
    .select()
    .from(stats)
    .where(sql`(${sql.join(columns, sql`, `)}) in (select ${keys} from ${from})`);
  const before = new Map(known.map((row) => [textOfRow(row), figuresOf(row)]));
  const sums = rows.map((row) => {
    const entry = toEntry(row);
    return { ...entry, start: row.start, ...addFigures(before.get(textOfKey(row)) ?? noFigures, row) };
  });
  for (const part of inParts(sums)) {
    await db
      .insert(stats)
      .values([...part])
      .onConflictDoUpdate({ target: columns, set: excluded })
      .returning({ count: stats.count });
  }
}

const excluded = {
  count: sql.raw("excluded.count"),
  bytes: sql.raw("excluded.bytes"),
  timed: sql.raw("excluded.timed"),
  runMs: sql.raw("excluded.run_ms"),
  histogram: sql.raw("excluded.histogram"),
};

async function markCounted(
  db: QueryBuilder,
  { schema: { history }, listed }: SqlConnection,
  ends: readonly { readonly jobId: string; readonly endedAt: Date }[],
): Promise<void> {
  const list = JSON.stringify(ends.map(({ jobId, endedAt }) => ({ jobId, endedAt: endedAt.getTime() })));
  const { from, text, timestamp } = listed(list);
  await db
    .update(history)
    .set({ counted: 1 })
    .where(
      sql`(${history.jobId}, ${history.endedAt}) in (select ${text("jobId")}, ${timestamp("endedAt")} from ${from})`,
    )
    .returning({ jobId: history.jobId });
}

/** A row's key as it goes to the database: the rows of everybody have no owner. */
const toEntry = ({ grain, dimension, owner, start, value }: StatRow) => ({
  ...{ grain, dimension, everybody: owner === null ? 1 : 0 },
  ...{ owner: owner === null ? "" : storableText(owner), start: start.getTime(), value: storableText(value) },
});

const textOfRow = (row: Row): string => textOfKey({ ...row, owner: row.everybody === 1 ? null : row.owner });

const figuresOf = ({ count, bytes, timed, runMs, histogram }: Row): Figures => ({
  ...{ count, bytes, timed },
  ...{ runMs, histogram },
});
