import { eq, lte, sql } from "drizzle-orm";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { TaskLeases, TaskReport } from "../../../maintenance/task-leases.ts";
import type { OpenConnection } from "./connection.ts";

/** The leases of maintenance tasks over SQL: one implementation for both dialects. */
export function createSqlTaskLeases(open: OpenConnection): TaskLeases {
  return {
    hold: async ({ task, holder, leaseMs, report }) => {
      const { schema, time, write } = await open();
      const { maintenanceTasks: tasks } = schema;
      const lead = { holder, leaseUntil: time.plus(time.now(), leaseMs), ...(report && columnsOf(report)) };
      const rows = await write((db) =>
        db
          .insert(tasks)
          .values({ task, ...lead })
          .onConflictDoUpdate({
            target: tasks.task,
            set: lead,
            setWhere: sql`${eq(tasks.holder, holder)} or ${lte(tasks.leaseUntil, time.now())}`,
          })
          .returning({ task: tasks.task }),
      );
      return rows.length > 0;
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

const columnsOf = ({ status, detail, fix }: TaskReport) => ({
  status,
  detail: storableText(detail),
  fix: fix === undefined ? null : storableText(fix),
});

function reportOf(row: {
  readonly status: TaskReport["status"] | null;
  readonly detail: string | null;
  readonly fix: string | null;
}): TaskReport | null {
  if (row.status === null) return null;
  return { status: row.status, detail: row.detail ?? "", ...(row.fix === null ? {} : { fix: row.fix }) };
}
