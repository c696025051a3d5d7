import type { Clock } from "../runtime/clock.ts";
import type { TaskHold, TaskLease, TaskLeases, TaskReport } from "./task-leases.ts";

/** The tasks that this process leads, and its knowledge of other leaders. */
export interface Leadership {
  /**
   * Resolves when this process leads the task, for the length of the lease from then on. While another process does, it polls
   * about as often as leases expire, with one query for all tasks. Rejects when the database does not answer or the signal aborts.
   */
  lead(hold: Hold, signal: AbortSignal): Promise<void>;
  /** Extends the lease of a task that this process leads. False: another one leads it now. */
  keep(hold: Hold): Promise<boolean>;
  /** Stops extending the lease of a task, so that it expires. */
  resign(task: string): void;
  /** Whether this process leads the task, to its knowledge. */
  leads(task: string): boolean;
  /** The last known report of another process that leads the task. */
  reportOf(task: string): TaskReport | null;
  /** Ends all leases. */
  end(): Promise<void>;
}

/** A claim to lead a task, without its holder. */
export type Hold = Omit<TaskHold, "holder">;

/** Makes the leadership of one process. */
export function createLeadership(
  taskLeases: TaskLeases,
  { clock, holder }: { readonly clock: Clock; readonly holder: string },
): Leadership {
  const led = new Set<string>();
  let known: { readonly at: number; readonly leases: ReadonlyMap<string, TaskLease> } = { at: 0, leases: new Map() };
  let asking: Promise<void> | null = null;

  // One query at a time for all tasks.
  const ask = (): Promise<void> => {
    asking ??= taskLeases
      .list()
      .then((leases) => {
        known = { at: clock.now().getTime(), leases: new Map(leases.map((lease) => [lease.task, lease])) };
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  };

  /** Known remaining time of another process's lease; 0 when unknown. */
  const othersLeadMs = (task: string): number => {
    const lease = known.leases.get(task);
    const ageMs = clock.now().getTime() - known.at;
    // The clock was set back: the answer seems to come from the future.
    if (lease === undefined || lease.holder === holder || ageMs < 0) return 0;
    return Math.max(0, lease.remainingMs - ageMs);
  };

  const keep = async (hold: Hold): Promise<boolean> => {
    const isHeld = await taskLeases.hold({ ...hold, holder });
    if (isHeld) led.add(hold.task);
    else led.delete(hold.task);
    return isHeld;
  };

  return {
    lead: async (hold, signal) => {
      if (led.has(hold.task) && (await keep(hold))) return;
      for (;;) {
        signal.throwIfAborted();
        if (othersLeadMs(hold.task) === 0) await ask();
        if (othersLeadMs(hold.task) === 0 && (await keep(hold))) return;
        // Live leaders extend their leases well before they expire, so wait beyond the end before asking again. With jitter,
        // so that not all processes ask at once when a leader is gone.
        const spread = (hold.leaseMs / 3) * (0.5 + Math.random() / 2);
        await clock.sleep(othersLeadMs(hold.task) + spread, signal);
      }
    },
    keep,
    resign: (task) => void led.delete(task),
    leads: (task) => led.has(task),
    reportOf: (task) => {
      const lease = known.leases.get(task);
      return lease === undefined || lease.holder === holder ? null : lease.report;
    },
    end: async () => {
      const hadAny = led.size > 0;
      led.clear();
      if (hadAny) await taskLeases.release(holder);
    },
  };
}
