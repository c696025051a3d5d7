import type { Delivery } from "../../jobs/hint-queue.ts";
import type { Priority } from "../../jobs/request-values.ts";

/** A hint that was received and is not handed out yet. */
export interface Waiting {
  readonly delivery: Delivery;
  /** Not to be handed out before, in milliseconds since 1970; null: at once. */
  readonly dueAt: number | null;
}

/** What was received for the receivers of a process. */
export interface Inbox {
  add(waiting: Waiting): void;
  /** Takes what is due, the highest lane first, and of a lane the earliest. */
  take(max: number, now: number): Delivery[];
  /** How many could be taken. */
  due(now: number): number;
  /** When the next one is due that is not yet; null: none. */
  nextDueAt(): number | null;
  isEmpty(): boolean;
  /** Takes out all. */
  clear(): readonly Waiting[];
}

const order: readonly Priority[] = ["high", "normal", "low"];

/** Creates an empty {@link Inbox}. */
export function createInbox(): Inbox {
  let all: Waiting[] = [];
  const isDue = ({ dueAt }: Waiting, now: number): boolean => dueAt === null || dueAt <= now;
  return {
    add: (waiting) => {
      all = [...all, waiting].sort(
        (a, b) => order.indexOf(a.delivery.lane) - order.indexOf(b.delivery.lane) || (a.dueAt ?? 0) - (b.dueAt ?? 0),
      );
    },
    take: (max, now) => {
      const taken = all.filter((waiting) => isDue(waiting, now)).slice(0, max);
      all = all.filter((waiting) => !taken.includes(waiting));
      return taken.map(({ delivery }) => delivery);
    },
    due: (now) => all.filter((waiting) => isDue(waiting, now)).length,
    nextDueAt: () => {
      const times = all.flatMap(({ dueAt }) => dueAt ?? []);
      return times.length === 0 ? null : Math.min(...times);
    },
    isEmpty: () => all.length === 0,
    clear: () => {
      const taken = all;
      all = [];
      return taken;
    },
  };
}
