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

// Everybody waits for the lock: a process that is frozen or cut off while it has it is not waited for longer.
const longestSilenceMs = 2_000;

/**
 * Waits until nobody else starts jobs, to the end of the transaction, and says whose turn it is then. What is read
 * afterwards sees what others have started: their limits hold, however many workers there are.
 */
export async function lockTurns(db: QueryBuilder, connection: SqlConnection): Promise<Readonly<Record<RunMode, Turn>>> {
  const { dispatchTurns } = connection.schema;
  const { mode, owner, taken } = dispatchTurns;
  const columns = { mode, owner, taken, silence: connection.endsWhenSilent(longestSilenceMs) };
  const lock = async () => await connection.lock(db.select(columns).from(dispatchTurns).orderBy(asc(mode)), "wait");
  let rows = await lock();
  if (rows.length < modes.length) {
    const missing = modes.map((mode) => ({ mode, ...firstTurn }));
    await db.insert(dispatchTurns).values(missing).onConflictDoNothing();
    rows = await lock();
  }
  const turnOf = (wanted: RunMode): Turn => rows.find(({ mode }) => mode === wanted) ?? firstTurn;
  return { alone: turnOf("alone"), shared: turnOf("shared") };
}

const modes = ["alone", "shared"] as const satisfies readonly RunMode[];

/** Writes whose turn it is. */
export function writeTurn(db: QueryBuilder, { schema: { dispatchTurns } }: SqlConnection, mode: RunMode, turn: Turn) {
  return db
    .update(dispatchTurns)
    .set({ owner: turn.owner, taken: turn.taken })
    .where(eq(dispatchTurns.mode, mode))
    .returning({ mode: dispatchTurns.mode });
}

/** When an owner's turn was the last, it is as if nobody had one: the circle begins at the start of the names. */
export async function forgetTurns(db: QueryBuilder, connection: SqlConnection, owner: string) {
  const named: RunMode[] = [];
  const { dispatchTurns } = connection.schema;
  // One after the other, in the order that everybody locks them in.
  for (const mode of modes) {
    const rows = await db
      .update(dispatchTurns)
      .set(firstTurn)
      .where(and(eq(dispatchTurns.mode, mode), eq(dispatchTurns.owner, owner)))
      .returning({ mode: dispatchTurns.mode });
    named.push(...rows.map((row) => row.mode));
  }
  return named;
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

/** Who starts how many jobs, and what that was read from. */
export interface Share extends Turns {
  /** Whose turn it was. */
  readonly before: Turn;
  /** Jobs have come to the end of a pause, and are not among those that are ready. */
  readonly hasDue: boolean;
}

/** Shares out up to `limit` starts. */
export async function shareOut(
  db: QueryBuilder,
  connection: SqlConnection,
  mode: RunMode,
  limit: number,
): Promise<Share> {
  let share: Share = { owners: [], turn: firstTurn, before: firstTurn, hasDue: false };
  for (const spare of spareOwners) {
    const rows = await waitingOwners(db, connection, mode, { owners: limit + spare, jobs: limit });
    const [first] = rows;
    if (first === undefined) break;
    const before = { owner: first.turn, taken: first.taken };
    const circle = circleOf(rows);
    const turns = takeTurns(before, circle, limit);
    share = { ...turns, before, hasDue: first.due > 0 };
    if (circle.isWhole || turns.owners.length === limit) break;
  }
  return share;
}

/**
 * The owners with jobs that are ready, from the one whose turn it is, and what is known of each. One statement with few
 * looks at the jobs: planning it takes longer than running it.
 *
 * `lap` 1 has begun at the start of the names; a row without an owner is the end of the names. The row that
 * closes the circle says so.
 */
export function waitingOwners(
  db: QueryBuilder,
  connection: SqlConnection,
  mode: RunMode,
  most: { readonly owners: number; readonly jobs: number },
) {
  const { jobs, accounts, dispatchTurns } = connection.schema;
  const { time } = connection;
  const closes = sql`lap = 1 and (circle.owner is null or circle.owner >= standing.owner)`;
  // The order makes planners take the index of these jobs.
  const next = sql`(select owner from ${jobs} where ${ready[mode]} and owner > coalesce(circle.owner, '')
    order by owner, rank, id limit 1)`;
  // Two more rows: the one whose turn it is may have no jobs, and the end of the names.
  const circle = sql`(
    with recursive standing(owner, taken) as (
      select coalesce(turns.owner, ''), coalesce(turns.taken, 0)
        from (select 1 as one) as always left join ${dispatchTurns} as turns on turns.mode = ${sql.raw(`'${mode}'`)}
    ), circle(place, owner, lap) as (
      select 0, standing.owner, 0 from standing
      union all
      select place + 1, ${next}, case when circle.owner is null then 1 else lap end
        from circle, standing
        where place < ${whole(most.owners + 2)} and not (${closes})
    ) select place, circle.owner, standing.owner as turn, taken, case when ${closes} then 1 else 0 end as closes
        from circle, standing
  ) as circle`;
  const readyJobs = sql<number>`(select count(*) from (
    select 1 from ${jobs} where ${ready[mode]} and owner = circle.owner order by rank, id limit ${whole(most.jobs)}) as counted)`;
  const running = sql<number>`case when ${accounts.owner} is null then 0 else ${runningOf(connection, sql`circle.owner`)} end`;
  const due = sql<number>`case when exists (select 1 from ${jobs} where ${pausing} and next_attempt_at <= ${time.now()}) then 1 else 0 end`;
  return db
    .select({
      owner: sql<string | null>`circle.owner`,
      closes: sql<number>`closes`.mapWith(Number),
      ready: readyJobs.mapWith(Number),
      running: running.mapWith(Number),
      limits: ownerLimits(connection),
      turn: sql<string>`circle.turn`,
      taken: sql<number>`circle.taken`.mapWith(Number),
      due: due.mapWith(Number),
    })
    .from(circle)
    .leftJoin(accounts, sql`${accounts.owner} = circle.owner`)
    .orderBy(sql`place`);
}

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
  const owners = rows.flatMap(({ owner, closes, ready, running, limits }) =>
    owner === null || closes > 0 || ready === 0 ? [] : { owner, ready, running, limits: limits ?? noLimits },
  );
  return { owners, isWhole: rows.some(({ closes }) => closes > 0) };
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
  // The order makes planners take the index of these jobs.
  const found = sql`case when (select owner from ${jobs} where ${ready.shared} order by owner, rank, id limit 1) is not null
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
