import { eq, getTableColumns, lte, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { storableJson } from "../../../jobs/rules/storable.ts";
import type { TaskHold, TaskLeases, TaskReport } from "../../../maintenance/task-leases.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";

/** The leases of maintenance tasks over SQL: one implementation for both dialects. */
export function createSqlTaskLeases(open: OpenConnection): TaskLeases {
  return {
    hold: async (holder, holds) => {
      if (holds.length === 0) return new Set();
      const connection = await open();
      const rows = await connection.write((db) => holdLeases(db, connection, holder, holds));
      return new Set(rows.map(({ task }) => task));
    },

    list: async () => {
      const { schema, time, read } = await open();
      const { maintenanceTasks: tasks } = schema;
      const now = sql`${time.now()}`.mapWith(tasks.leaseUntil);
      const rows = await read((db) => db.select({ row: tasks, now }).from(tasks).orderBy(tasks.task));
      return rows.map(({ row, now }) => ({
        task: row.task,
        holder: row.holder,
        remainingMs: Math.max(0, row.leaseUntil.getTime() - now.getTime()),
        report: reportOf(row),
      }));
    },

    release: async (holder) => {
      const { schema, time, write } = await open();
      const { maintenanceTasks: tasks } = schema;
      await write((db) =>
        db
          .update(tasks)
          .set({ leaseUntil: time.now() })
          .where(eq(tasks.holder, holder))
          .returning({ task: tasks.task }),
      );
    },
  };
}

/** Takes the leases that are free, and extends those that the holder has. */
function holdLeases(
  db: QueryBuilder,
  { schema, time, listed }: SqlConnection,
  holder: string,
  holds: readonly TaskHold[],
) {
  const { maintenanceTasks: tasks } = schema;
  const items = holds.map(({ task, leaseMs, report }) => ({ task, leaseMs: Math.round(leaseMs), ...report }));
  const { from, text, integer } = listed(storableJson(items));
  const cells = {
    task: text("task"),
    holder: sql`${holder}`,
    leaseUntil: time.plus(time.now(), integer("leaseMs")),
    status: text("status"),
    detail: text("detail"),
    fix: text("fix"),
  } satisfies Record<keyof typeof tasks.$inferSelect, SQL>;
  const names = Object.keys(getTableColumns(tasks)) as (keyof typeof cells)[];
  const columns = sql.join(
    names.map((name) => cells[name]),
    sql`, `,
  );
  const reported = (column: SQLWrapper, name: string) =>
    sql`case when excluded.status is null then ${column} else ${sql.raw(`excluded.${name}`)} end`;
  return (
    db
      .insert(tasks)
      // In one order, so that two processes cannot wait for each other.
      .select(sql`select ${columns} from ${from} where true order by ${text("task")}`)
      .onConflictDoUpdate({
        target: tasks.task,
        set: {
          holder,
          leaseUntil: sql`excluded.lease_until`,
          status: reported(tasks.status, "status"),
          detail: reported(tasks.detail, "detail"),
          fix: reported(tasks.fix, "fix"),
        },
        setWhere: sql`${eq(tasks.holder, holder)} or ${lte(tasks.leaseUntil, time.now())}`,
      })
      .returning({ task: tasks.task })
  );
}

function reportOf(row: {
  readonly status: TaskReport["status"] | null;
  readonly detail: string | null;
  readonly fix: string | null;
}): TaskReport | null {
  if (row.status === null) return null;
  return { status: row.status, detail: row.detail ?? "", ...(row.fix === null ? {} : { fix: row.fix }) };
}
