import type { Clock } from "../runtime/clock.ts";
import type { TaskHold, TaskLease, TaskLeases, TaskReport } from "./task-leases.ts";

/** What a process leads, and what it knows of the others. */
export interface Leadership {
  /**
   * Resolves when this process leads the task, for the length of the lease from then on. While another one does, it asks
   * about as often as leases end, and once for all tasks. Rejects when the database does not answer or the signal aborts.
   */
  lead(hold: Hold, signal: AbortSignal): Promise<void>;
  /** Extends the lease of a task that this process leads. False: another one leads it now. */
  keep(hold: Hold): Promise<boolean>;
  /** Lets the lease of a task run out. */
  letGo(task: string): void;
  /** Whether this process leads the task as far as it knows. */
  leads(task: string): boolean;
  /** What another process that leads a task reported when it was last asked about. */
  reportOf(task: string): TaskReport | null;
  /** Ends all leases. */
  end(): Promise<void>;
}

/** A hold without its holder. */
export type Hold = Omit<TaskHold, "holder">;

/** Makes the leadership of one process. */
export function createLeadership(
  taskLeases: TaskLeases,
  { clock, holder }: { readonly clock: Clock; readonly holder: string },
): Leadership {
  const led = new Set<string>();
  let known: { readonly at: number; readonly leases: ReadonlyMap<string, TaskLease> } = { at: 0, leases: new Map() };
  let asking: Promise<void> | null = null;

  // One question at a time, whoever of the tasks asks.
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

  /** How long another process still leads the task by what is known; 0 when that says nothing of now. */
  const othersLeadMs = (task: string): number => {
    const lease = known.leases.get(task);
    const ageMs = clock.now().getTime() - known.at;
    // A clock that was put back makes what is known look as if it came later.
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
        // A lease about to end has mostly been extended by the time somebody asks for another task. Spread out, so that not
        // everybody asks when a leader is gone.
        const spread = (hold.leaseMs / 3) * (0.5 + Math.random() / 2);
        await clock.sleep(othersLeadMs(hold.task) + spread, signal);
      }
    },
    keep,
    letGo: (task) => void led.delete(task),
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
