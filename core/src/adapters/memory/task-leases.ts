import { storedCopy } from "../../jobs/rules/storable.ts";
import type { TaskLeases } from "../../maintenance/task-leases.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The leases of maintenance tasks in memory. */
export function createMemoryTaskLeases({ tasks }: MemoryState, decide: Decide): TaskLeases {
  return {
    hold: ({ task, holder, leaseMs, report }) =>
      decide((now) => {
        const row = tasks.get(task);
        if (row !== undefined && row.holder !== holder && row.leaseUntil > now) return false;
        tasks.set(task, {
          task,
          holder,
          leaseUntil: later(now, leaseMs),
          report: report === undefined ? (row?.report ?? null) : storedCopy(report),
        });
        return true;
      }),
    list: () =>
      decide((now) =>
        tasks
          .values()
          .sort((a, b) => (a.task < b.task ? -1 : 1))
          .map(({ leaseUntil, ...row }) => ({
            ...row,
            remainingMs: Math.max(0, leaseUntil.getTime() - now.getTime()),
          })),
      ),
    release: (holder) =>
      decide((now) => {
        for (const row of tasks.values()) if (row.holder === holder) tasks.set(row.task, { ...row, leaseUntil: now });
      }),
  };
}
