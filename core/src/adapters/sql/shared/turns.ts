import { and, asc, eq, inArray, lte, type SQL, sql } from "drizzle-orm";
import { noLimits } from "../../../accounts/limits.ts";
import type { RunMode } from "../../../jobs/dispatch.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { type Circle, firstTurn, type Turn, type Turns, takeTurns } from "../../../jobs/rules/turns.ts";
import type { Changes } from "./changes.ts";
import { pausing, ready, stateIn } from "./conditions.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";

/*
 * The circle of owners (see `jobs/rules/turns.ts`) is read from the index `jobs_ready`, a probe for each owner: nothing has to
 * be kept up to date when jobs come and go, and the cost depends on the starts that are asked for, not on the jobs that wait.
 */

/** Whose turn it is in each mode, and whether jobs have come to the end of a pause. */
export interface Standing {
  readonly turns: Readonly<Record<RunMode, Turn>>;
  readonly hasDue: boolean;
}

type TurnRow = Turn & { readonly mode: RunMode; readonly due: number };

/** Reads whose turn it is. */
export function currentTurns(db: QueryBuilder, { schema: { jobs, dispatchTurns: turns }, time }: SqlConnection) {
  const due = sql<number>`case when exists (select 1 from ${jobs} where ${pausing} and next_attempt_at <= ${time.now()}) then 1 else 0 end`;
  return db
    .select({ mode: turns.mode, owner: turns.owner, taken: turns.taken, due: due.mapWith(Number) })
    .from(turns)
    .orderBy(asc(turns.mode));
}

/** Rows of {@link currentTurns}; null before the first start of the deployment. */
export function standingOf(rows: readonly TurnRow[]): Standing | null {
  const [alone, shared] = [rows.find(({ mode }) => mode === "alone"), rows.find(({ mode }) => mode === "shared")];
  if (alone === undefined || shared === undefined) return null;
  return { turns: { alone, shared }, hasDue: alone.due > 0 };
}

/**
 * Waits until nobody else starts jobs, to the end of the transaction, and says whose turn it is then. What is read
 * afterwards sees what others have started: their limits hold, however many workers there are.
 */
export async function lockTurns(db: QueryBuilder, connection: SqlConnection): Promise<Standing> {
  const lock = async () => standingOf(await connection.lock(currentTurns(db, connection), "wait"));
  const standing = await lock();
  if (standing !== null) return standing;
  const { dispatchTurns } = connection.schema;
  const rows = (["alone", "shared"] as const).map((mode) => ({ mode, ...firstTurn }));
  await db.insert(dispatchTurns).values(rows).onConflictDoNothing();
  return (await lock()) ?? { turns: { alone: firstTurn, shared: firstTurn }, hasDue: false };
}

/** Writes whose turn it is. */
export function writeTurn(db: QueryBuilder, { schema: { dispatchTurns } }: SqlConnection, mode: RunMode, turn: Turn) {
  return db.update(dispatchTurns).set({ owner: turn.owner, taken: turn.taken }).where(eq(dispatchTurns.mode, mode));
}

// Pauses that end at once: a bound of the statement, more follow with the next one.
const mostDue = 1_000;

/** Takes their pause from jobs whose time has come, so that they are among those that are ready. */
export function endPauses(db: QueryBuilder, connection: SqlConnection) {
  const { jobs } = connection.schema;
  const due = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(pausing, lte(jobs.nextAttemptAt, connection.time.now())))
    .orderBy(asc(jobs.nextAttemptAt))
    .limit(mostDue);
  const picked = db.$with("picked").as(connection.lock(due, "skip"));
  const ended: Changes = { nextAttemptAt: null };
  return db
    .with(picked)
    .update(jobs)
    .set(ended)
    .where(and(stateIn(["queued"]), inArray(jobs.id, db.select({ id: picked.id }).from(picked))))
    .returning({ id: jobs.id });
}

// Owners that are looked at beyond the starts that are asked for: some may be at their limit. Those are no more than run.
const spareOwners = [4, 64, 1_024, 16_384];

/** Shares out up to `limit` starts. */
export async function shareOut(
  db: QueryBuilder,
  connection: SqlConnection,
  mode: RunMode,
  turn: Turn,
  limit: number,
): Promise<Turns> {
  let turns: Turns = { owners: [], turn };
  for (const spare of spareOwners) {
    const rows = await waitingOwners(db, connection, mode, turn, { owners: limit + spare, jobs: limit });
    const circle = circleOf(rows);
    turns = takeTurns(turn, circle, limit);
    if (circle.isWhole || turns.owners.length === limit) break;
  }
  return turns;
}

/**
 * The owners with jobs that are ready, from the one whose turn it is, and what is known of each. When the circle is whole, the
 * last row repeats the first.
 */
export function waitingOwners(
  db: QueryBuilder,
  connection: SqlConnection,
  mode: RunMode,
  { owner: from }: Pick<Turn, "owner">,
  most: { readonly owners: number; readonly jobs: number },
) {
  const { jobs, accounts } = connection.schema;
  const anyFirst = firstOwner(connection, mode);
  const circle = sql`(
    with recursive circle(place, owner, origin) as (
      select 0, head.owner, head.owner
        from (select coalesce(${firstOwner(connection, mode, sql`and owner >= ${from}`)}, ${anyFirst}) as owner) as head
      union all
      select place + 1, coalesce(${firstOwner(connection, mode, sql`and owner > circle.owner`)}, ${anyFirst}), origin
        from circle
        where circle.owner is not null and place < ${whole(most.owners)} and (place = 0 or circle.owner <> origin)
    ) select place, owner, origin from circle where owner is not null
  ) as circle`;
  const readyJobs = sql<number>`(select count(*) from (
    select 1 from ${jobs} where ${ready[mode]} and owner = circle.owner order by rank, id limit ${whole(most.jobs)}) as counted)`;
  const running = sql<number>`case when ${accounts.owner} is null then 0 else ${runningOf(connection, sql`circle.owner`)} end`;
  return db
    .select({
      owner: sql<string>`circle.owner`,
      repeats: sql<number>`case when place > 0 and circle.owner = origin then 1 else 0 end`.mapWith(Number),
      ready: readyJobs.mapWith(Number),
      running: running.mapWith(Number),
      limits: ownerLimits(connection),
    })
    .from(circle)
    .leftJoin(accounts, sql`${accounts.owner} = circle.owner`)
    .orderBy(sql`place`);
}

/** The first owner in the order of names with a job that is ready, or null. The order makes planners take the index of these jobs. */
const firstOwner = ({ schema: { jobs } }: SqlConnection, mode: RunMode, condition = sql``): SQL =>
  sql`(select owner from ${jobs} where ${ready[mode]} ${condition} order by owner, rank, id limit 1)`;

/** The limits that the dispatch knows, as fields of a select; null for an owner without an account. */
export const ownerLimits = ({ schema: { accounts } }: SqlConnection) => ({
  // First, because Drizzle takes an object whose first column is null for one of a row that is not there.
  weight: accounts.weight,
  runningJobs: accounts.runningJobs,
});

/** How many jobs of an owner run. */
export const runningOf = ({ schema: { jobs } }: SqlConnection, owner: SQL): SQL =>
  sql`(select count(*) from ${jobs} as busy where busy.owner = ${owner} and busy.state = 'running')`;

/** A number of our own in a statement's text: planners see a bound, not a parameter. */
const whole = (value: number): SQL => sql.raw(String(Math.trunc(value)));

function circleOf(rows: Awaited<ReturnType<typeof waitingOwners>>): Circle {
  const owners = rows
    .filter(({ repeats }) => repeats === 0)
    .map(({ owner, ready, running, limits }) => ({ owner, ready, running, limits: limits ?? noLimits }));
  return { owners, isWhole: owners.length < rows.length || rows.length === 0 };
}

/** The first jobs of these owners as a table `picked`: of each as many as it is named. Never empty. */
export function firstJobs({ schema: { jobs } }: SqlConnection, mode: RunMode, owners: readonly string[]): SQL {
  const counts = new Map<string, number>();
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const parts = [...counts].map(
    ([owner, count]) => sql`select * from (
      select id, owner, priority, rank from ${jobs} where ${ready[mode]} and owner = ${owner}
      order by rank, id limit ${whole(count)}) as part`,
  );
  return sql`(${sql.join(parts, sql` union all `)}) as picked`;
}

/** Whether any job may be started now, or could after the end of its pause. */
export function anyWork(db: QueryBuilder, connection: SqlConnection) {
  const { time } = connection;
  const { jobs } = connection.schema;
  const found = sql`case when ${firstOwner(connection, "shared")} is not null
    or exists (select 1 from ${jobs} where ${pausing} and next_attempt_at <= ${time.now()}) then 1 else 0 end`;
  return db.select({ found: sql<number>`work.found`.mapWith(Number) }).from(sql`(select ${found} as found) as work`);
}

/** What these owners use of their limits, and whether jobs of others are ready. */
export function ownersUse(db: QueryBuilder, connection: SqlConnection, owners: readonly string[]) {
  const { jobs, accounts } = connection.schema;
  const { from, text } = connection.listed(JSON.stringify(owners.map((owner) => ({ owner: storableText(owner) }))));
  const owner = text("owner");
  const running = sql<number>`case when ${accounts.owner} is null then 0 else ${runningOf(connection, owner)} end`;
  const someone = (comparison: SQL) =>
    sql`exists (select 1 from ${jobs} as other where ${ready.shared} and other.owner ${comparison} ${owner})`;
  const others = sql<number>`case when ${someone(sql`>`)} or ${someone(sql`<`)} then 1 else 0 end`;
  return db
    .select({
      owner: sql<string>`${owner}`,
      running: running.mapWith(Number),
      limits: ownerLimits(connection),
      others: others.mapWith(Number),
    })
    .from(from)
    .leftJoin(accounts, sql`${accounts.owner} = ${owner}`);
}
