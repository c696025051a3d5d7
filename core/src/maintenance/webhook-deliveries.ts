import type { ServiceDeps } from "../dependencies.ts";
import type { TakenDelivery } from "../webhooks/deliveries.ts";
import { sendDelivery } from "../webhooks/send-delivery.ts";
import type { WebhookSupport } from "../webhooks/webhook-support.ts";
import type { HeldBack } from "./task.ts";

/** How many deliveries a process sends at once. */
export interface DeliveryLimits {
  readonly atOnce: number;
  readonly atOnceEachOwner: number;
  readonly atOnceEachTarget: number;
}

export const defaultDeliveryLimits: DeliveryLimits = {
  atOnce: 256,
  atOnceEachOwner: 64,
  atOnceEachTarget: 4,
};

/**
 * A process that took a delivery has this many times the longest try to send it and to write what came of it before another
 * process may take it.
 */
const triesInHold = 4;
/** Deliveries of one target in a row; then the others have their turn. */
const inARow = 20;
/** Due for longer than this, deliveries are late because we are, not their receivers. */
const lateMs = 5 * 60_000;
/** A target whose secret cannot be read here is tried again after this: the operator may have put the file back. */
const unsignedPauseMs = 60_000;

/** The task that sends deliveries. */
export interface DeliveryPump {
  /** Starts what is due and may start. What was started goes on after it, so that one slow receiver delays no other. */
  run(signal: AbortSignal): Promise<void>;
  heldBack(): HeldBack | null;
  /** Gives deliveries under way a moment to end, then interrupts them: they are due again at once. */
  end(): Promise<void>;
}

const drainMs = 3_000;

/** Makes a {@link DeliveryPump}. Several processes may run one: each delivery is taken by one of them at a time. */
export function createDeliveryPump(
  deps: Pick<ServiceDeps, "database" | "clock" | "logger" | "telemetry">,
  support: WebhookSupport,
  limits: DeliveryLimits = defaultDeliveryLimits,
): DeliveryPump {
  const { database, logger } = deps;
  const holdMs = triesInHold * support.sender.timeoutMs;
  const ending = new AbortController();
  const running = new Set<Promise<void>>();
  const busy = new Map<string, number>();
  /** Targets whose secrets cannot be read here, and when they are tried again. */
  const unsigned = new Map<string, number>();
  let draining = false;
  let held: HeldBack | null = null;

  const change = (key: string, by: number): void => {
    const count = (busy.get(key) ?? 0) + by;
    if (count === 0) busy.delete(key);
    else busy.set(key, count);
  };

  /** Takes and sends deliveries of a target, one after the other, until none is due. */
  const work = async (target: string): Promise<void> => {
    for (let count = 0; count < inARow && !draining; count += 1) {
      const [delivery]: readonly TakenDelivery[] = await database.deliveries.take(target, 1, holdMs);
      if (delivery === undefined) return;
      if ((await sendDelivery(deps, support, delivery, ending.signal)) === "unsigned") return holdUnsigned(target);
      unsigned.delete(target);
    }
  };

  const holdUnsigned = (target: string): void => {
    if (!unsigned.has(target)) logger.warn("deliveries of a webhook wait: its secret cannot be decrypted", { target });
    unsigned.set(target, deps.clock.now().getTime() + unsignedPauseMs);
  };

  const start = (target: string, owner: string): void => {
    const keys = [`target ${target}`, `owner ${owner}`];
    for (const key of keys) change(key, 1);
    const worker = work(target)
      .catch((error: unknown) => logger.warn("a webhook delivery is due again", { error }))
      .finally(() => {
        for (const key of keys) change(key, -1);
        running.delete(worker);
      });
    running.add(worker);
  };

  return {
    run: async (signal) => {
      // Those that cannot be signed are due longest, and leave the others their room.
      const due = await database.deliveries.dueTargets(limits.atOnce * 4 + unsigned.size);
      const dueNow = new Set(due.map(({ target }) => target));
      for (const target of unsigned.keys()) if (!dueNow.has(target)) unsigned.delete(target);
      const now = deps.clock.now().getTime();
      // One more worker for each target, round by round: all are begun before any gets its second.
      for (let round = 0; round < limits.atOnceEachTarget; round += 1) {
        for (const { target, owner } of due) {
          if (signal.aborted || draining || running.size >= limits.atOnce) break;
          if ((busy.get(`target ${target}`) ?? 0) > round || (unsigned.get(target) ?? 0) > now) continue;
          if ((busy.get(`owner ${owner}`) ?? 0) < limits.atOnceEachOwner) start(target, owner);
        }
      }
      const backlog = due.length === 0 ? { due: 0, oldestDueMs: 0 } : await database.deliveries.backlog();
      held = backlog.oldestDueMs < lateMs ? null : late(backlog.due, backlog.oldestDueMs);
    },
    heldBack: () => (unsigned.size > 0 ? unreadable(unsigned.size) : held),
    end: async () => {
      draining = true;
      const done = new AbortController();
      const drained = Promise.allSettled([...running]).then(() => done.abort());
      await deps.clock.sleep(drainMs, done.signal).catch(() => undefined);
      ending.abort();
      await drained;
    },
  };
}

const unreadable = (targets: number): HeldBack => ({
  detail: `the deliveries of ${targets} webhooks wait: their secrets cannot be decrypted`,
  fix: "Put the key that encrypted them back into SECRETS_KEY, after the new one, or rotate the secrets of these webhooks.",
});

const late = (due: number, oldestMs: number): HeldBack => ({
  detail: `${due} webhook deliveries are due, the oldest for ${Math.round(oldestMs / 60_000)} minutes`,
  fix: "Receivers are slow or there are many: run more processes, or look for an owner with many slow receivers.",
});
