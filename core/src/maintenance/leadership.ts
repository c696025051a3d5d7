import type { Clock } from "../runtime/clock.ts";
import type { TaskHold, TaskLease, TaskLeases, TaskReport } from "./task-leases.ts";

/** The tasks that this process leads, and its knowledge of other leaders. */
export interface Leadership {
  /**
   * Resolves when this process leads the task, and goes on extending its lease until it resigns or another process has taken over. While
   * another process leads, it polls about as often as leases expire, with one query for all tasks. Rejects when the database
   * does not answer or the signal aborts.
   */
  lead(hold: Hold, signal: AbortSignal): Promise<void>;
  /** Writes the lease of a task that this process leads, and its report, now. False: another one leads it now. */
  keep(hold: Hold): Promise<boolean>;
  /** Stops extending the lease of a task, so that it expires. */
  resign(task: string): void;
  /** Whether this process leads the task, to its knowledge. */
  leads(task: string): boolean;
  /** Calls the listener when another process is found to lead the task instead of this one. Returns how to stop. */
  onLost(task: string, listener: () => void): () => void;
  /** The last known report of another process that leads the task. */
  reportOf(task: string): TaskReport | null;
  /** Ends all leases. */
  end(): Promise<void>;
}

/** A claim to lead a task; its report is written whenever the lease is. */
export interface Hold extends Omit<TaskHold, "report"> {
  /** Null: the previous report stays. */
  report(): TaskReport | null;
}

export interface LeadershipOptions {
  readonly clock: Clock;
  /** Unique among processes. */
  readonly holder: string;
  /** How often leases are extended, those that need it in one write: less than two thirds of the shortest one. */
  readonly renewEveryMs: number;
}

/** A lease that this process has. */
interface Led {
  readonly hold: Hold;
  /** When it was asked for, so that it lasts at least until `leaseMs` later. */
  readonly since: number;
}

/** Makes the leadership of one process. */
export function createLeadership(taskLeases: TaskLeases, options: LeadershipOptions): Leadership {
  const { clock, holder, renewEveryMs } = options;
  const led = new Map<string, Led>();
  const listeners = new Set<{ readonly task: string; readonly lost: () => void }>();
  const ended = new AbortController();
  let known: { readonly at: number; readonly leases: ReadonlyMap<string, TaskLease> } = { at: 0, leases: new Map() };
  let asking: Promise<void> | null = null;
  let writing: { readonly holds: Map<string, Hold>; readonly written: Promise<ReadonlySet<string>> } | null = null;
  let renewing: Promise<void> | null = null;
  const now = (): number => clock.now().getTime();

  // One query at a time for all tasks.
  const ask = (): Promise<void> => {
    asking ??= taskLeases
      .list()
      .then((leases) => {
        known = { at: now(), leases: new Map(leases.map((lease) => [lease.task, lease])) };
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  };

  /** Known remaining time of another process's lease; 0 when unknown. */
  const othersLeadMs = (task: string): number => {
    const lease = known.leases.get(task);
    const ageMs = now() - known.at;
    // The clock was set back: the answer seems to come from the future.
    if (lease === undefined || lease.holder === holder || ageMs < 0) return 0;
    return Math.max(0, lease.remainingMs - ageMs);
  };

  /** How long this process has had the lease, of which nothing is known any more when the clock was set back. */
  const ageOf = ({ since }: Led): number => (now() < since ? Number.POSITIVE_INFINITY : now() - since);

  const write = async (holds: ReadonlyMap<string, Hold>): Promise<ReadonlySet<string>> => {
    const since = now();
    const before = new Set(led.keys());
    const claims = [...holds.values()].map(({ task, leaseMs, report }): TaskHold => {
      const said = report();
      return { task, leaseMs, ...(said === null ? {} : { report: said }) };
    });
    const held = await taskLeases.hold(holder, claims);
    for (const [task, hold] of holds) {
      // Resigned meanwhile.
      if (before.has(task) && !led.has(task)) continue;
      if (held.has(task)) led.set(task, { hold, since });
      else if (led.delete(task)) for (const listener of listeners) if (listener.task === task) listener.lost();
    }
    return held;
  };

  const renew = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await clock.sleep(renewEveryMs, ended.signal).catch(() => undefined);
      const due = [...led].filter(([, lease]) => ageOf(lease) + renewEveryMs >= (lease.hold.leaseMs * 2) / 3);
      if (due.length === 0 || ended.signal.aborted) continue;
      // After an error the next turn tries again; leases may have expired by then.
      await write(new Map(due.map(([task, { hold }]) => [task, hold]))).catch(() => undefined);
    }
  };

  // One write for all that want one at the same time, as when a process starts.
  const keep = async (hold: Hold): Promise<boolean> => {
    if (writing === null) {
      const holds = new Map<string, Hold>();
      const written = Promise.resolve().then(() => {
        writing = null;
        return write(holds);
      });
      writing = { holds, written };
    }
    writing.holds.set(hold.task, hold);
    return (await writing.written).has(hold.task);
  };

  return {
    lead: async (hold, signal) => {
      renewing ??= renew();
      const lease = led.get(hold.task);
      if (lease !== undefined && (ageOf(lease) < hold.leaseMs || (await keep(hold)))) return;
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
    onLost: (task, lost) => {
      const listener = { task, lost };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reportOf: (task) => {
      const lease = known.leases.get(task);
      return lease === undefined || lease.holder === holder ? null : lease.report;
    },
    end: async () => {
      ended.abort();
      await renewing;
      const hadAny = led.size > 0;
      led.clear();
      if (hadAny) await taskLeases.release(holder);
    },
  };
}
