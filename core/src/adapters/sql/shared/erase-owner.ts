import { and, eq, or, type SQL, sql } from "drizzle-orm";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { forgetTurns } from "./turns.ts";

/** Deletes rows that a condition holds; returns how many. */
type Deletion = (
  db: QueryBuilder,
  connection: SqlConnection,
  owner: string,
  limit: number,
) => Promise<readonly unknown[]>;

/**
 * What the database keeps under an owner's name besides jobs and keys, a table each. What may be long is deleted in parts, so
 * that nobody else waits for it.
 */
const deletions: readonly Deletion[] = [
  (db, { schema: { history } }, owner, limit) => {
    const own = eq(history.owner, owner);
    const part = db.select({ a: history.jobId, b: history.endedAt }).from(history).where(own).limit(limit);
    const isOf = sql`(${history.jobId}, ${history.endedAt}) in ${part}`;
    return db.delete(history).where(isOf).returning({ id: history.jobId });
  },
  (db, { schema: { webhookDeliveries: deliveries } }, owner, limit) => {
    const part = db.select({ id: deliveries.id }).from(deliveries).where(eq(deliveries.owner, owner)).limit(limit);
    return db.delete(deliveries).where(sql`${deliveries.id} in ${part}`).returning({ id: deliveries.id });
  },
  // The sums over everybody stay: they tell of nobody.
  (db, { schema: { stats } }, owner) =>
    db
      .delete(stats)
      .where(and(eq(stats.everybody, 0), eq(stats.owner, owner)))
      .returning({ owner: stats.owner }),
  (db, { schema: { webhooks } }, owner) =>
    db.delete(webhooks).where(eq(webhooks.owner, owner)).returning({ id: webhooks.id }),
  (db, { schema: { batches } }, owner, limit) => {
    const part = db.select({ id: batches.id }).from(batches).where(eq(batches.owner, owner)).limit(limit);
    return db.delete(batches).where(sql`${batches.id} in ${part}`).returning({ id: batches.id });
  },
  (db, { schema: { schedules, scheduleArchive } }, owner, limit) => {
    const own = db.select({ id: schedules.id }).from(schedules).where(eq(schedules.owner, owner));
    const part = db
      .select({ id: scheduleArchive.scheduleId, extractor: scheduleArchive.extractor, media: scheduleArchive.mediaId })
      .from(scheduleArchive)
      .where(sql`${scheduleArchive.scheduleId} in ${own}`)
      .limit(limit);
    const isOf = sql`(${scheduleArchive.scheduleId}, ${scheduleArchive.extractor}, ${scheduleArchive.mediaId}) in ${part}`;
    return db.delete(scheduleArchive).where(isOf).returning({ id: scheduleArchive.scheduleId });
  },
  // After what they have taken, which names no owner.
  (db, { schema: { schedules, scheduleArchive } }, owner) =>
    db
      .delete(schedules)
      .where(
        and(
          eq(schedules.owner, owner),
          sql`not exists (select 1 from ${scheduleArchive} where ${scheduleArchive.scheduleId} = ${schedules.id})`,
        ),
      )
      .returning({ id: schedules.id }),
  (db, { schema: { webhookSecrets } }, owner) =>
    db.delete(webhookSecrets).where(eq(webhookSecrets.owner, owner)).returning({ owner: webhookSecrets.owner }),
  (db, { schema: { idempotency } }, owner) =>
    db.delete(idempotency).where(eq(idempotency.owner, owner)).returning({ owner: idempotency.owner }),
  (db, { schema: { looks } }, owner, limit) => {
    const part = db
      .select({ key: looks.key, shelf: looks.shelf })
      .from(looks)
      .where(eq(looks.owner, owner))
      .limit(limit);
    return db.delete(looks).where(sql`(${looks.key}, ${looks.shelf}) in ${part}`).returning({ key: looks.key });
  },
  (db, { schema: { tickets } }, owner) =>
    db.delete(tickets).where(eq(tickets.owner, owner)).returning({ hash: tickets.hash }),
  (db, { schema: { accountUsage } }, owner) =>
    db.delete(accountUsage).where(eq(accountUsage.owner, owner)).returning({ owner: accountUsage.owner }),
  (db, { schema: { apiKeys } }, owner) =>
    db.delete(apiKeys).where(eq(apiKeys.owner, owner)).returning({ id: apiKeys.id }),
  (db, { schema: { accounts } }, owner) =>
    db.delete(accounts).where(eq(accounts.owner, owner)).returning({ owner: accounts.owner }),
  // Last, since whoever starts jobs waits for these rows.
  forgetTurns,
];

/** Deletes a part of what is kept under an owner's name; returns how many rows, so that 0 says that nothing is left. */
export async function eraseOwner(open: OpenConnection, owner: string, limit: number): Promise<number> {
  const connection = await open();
  return await connection.transaction(async (db) => {
    let erased = 0;
    for (const remove of deletions) erased += (await remove(db, connection, owner, limit)).length;
    return erased + (await forgetInAudit(db, connection, owner, limit));
  });
}

/** The audit log still says what was done and when, but not by whom or to whom. */
async function forgetInAudit(
  db: QueryBuilder,
  { schema: { auditLog } }: SqlConnection,
  owner: string,
  limit: number,
): Promise<number> {
  const named: SQL | undefined = or(eq(auditLog.owner, owner), eq(auditLog.actor, owner));
  const part = db.select({ id: auditLog.id }).from(auditLog).where(named).limit(limit);
  const rows = await db
    .update(auditLog)
    .set({ owner: null, actor: null, subject: null, detail: {} })
    .where(sql`${auditLog.id} in ${part}`)
    .returning({ id: auditLog.id });
  return rows.length;
}
