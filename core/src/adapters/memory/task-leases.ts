import { storedCopy } from "../../jobs/rules/storable.ts";
import type { TaskLeases } from "../../maintenance/task-leases.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The leases of maintenance tasks in memory. */
export function createMemoryTaskLeases({ tasks }: MemoryState, decide: Decide): TaskLeases {
  return {
    hold: (holder, holds) =>
      decide((now) => {
        const free = holds.filter(({ task }) => {
          const row = tasks.get(task);
          return row === undefined || row.holder === holder || row.leaseUntil <= now;
        });
        for (const { task, leaseMs, report } of free) {
          const kept = report === undefined ? (tasks.get(task)?.report ?? null) : storedCopy(report);
          tasks.set(task, { task, holder, leaseUntil: later(now, leaseMs), report: kept });
        }
        return new Set(free.map(({ task }) => task));
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
