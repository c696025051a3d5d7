import { storableText } from "../../jobs/rules/storable.ts";
import { type DeliveryId, isId, type WebhookId } from "../../runtime/ids.ts";
import type { Deliveries, DeliveriesOf, NewDelivery, TryOutcome } from "../../webhooks/deliveries.ts";
import { keptAttempts, type WebhookDelivery } from "../../webhooks/delivery.ts";
import { type Decide, type DeliveryRow, later, type MemoryState } from "./state.ts";

/** The deliveries in memory. */
export function createMemoryDeliveries(state: MemoryState, decide: Decide): Deliveries {
  const { deliveries } = state;
  const due = (now: Date): DeliveryRow[] =>
    deliveries
      .values()
      .filter(({ delivery, dueAt }) => delivery.state === "pending" && dueAt <= now)
      .sort((a, b) => Number(a.dueAt) - Number(b.dueAt));
  const find = (id: DeliveryId, of: DeliveriesOf): DeliveryRow | undefined => {
    const row = deliveries.get(id);
    return row && isOf(row.delivery, of) ? row : undefined;
  };

  return {
    insert: (rows) => decide((now) => addDeliveries(state, rows, now)),

    dueTargets: (limit) =>
      decide((now) => {
        const owners = new Map(due(now).map(({ target, delivery }) => [target, delivery.owner]));
        return [...owners].map(([target, owner]) => ({ target, owner })).slice(0, limit);
      }),

    take: (target, limit, holdMs) =>
      decide((now) => {
        const picked = due(now).filter((row) => row.target === storableText(target));
        return picked.slice(0, limit).map((row) => {
          const takes = row.takes + 1;
          deliveries.set(row.delivery.id, { ...row, takes, dueAt: later(now, holdMs) });
          return { ...row.delivery, take: takes };
        });
      }),

    record: ({ id, take }, outcome) =>
      decide((now) => {
        const row = deliveries.get(id);
        if (row === undefined || row.takes !== take) return false;
        const delivery = { ...row.delivery, ...changesOf(row.delivery, outcome, now) };
        deliveries.set(id, { ...row, delivery, dueAt: delivery.nextAttemptAt ?? row.dueAt });
        return true;
      }),

    get: (id, of) => decide(() => find(id, of)?.delivery ?? null),

    list: (of, limit, after) =>
      decide(() =>
        deliveries
          .values()
          .map(({ delivery }) => delivery)
          .filter((delivery) => isOf(delivery, of) && (!after || newestFirst(after, delivery) < 0))
          .sort(newestFirst)
          .slice(0, limit),
      ),

    replay: (id, of) =>
      decide((now) => {
        const row = find(id, of);
        if (row === undefined) return null;
        const { state: current, nextAttemptAt } = row.delivery;
        const isBeingSent = current === "pending" && Number(row.dueAt) !== Number(nextAttemptAt) && row.dueAt > now;
        if (isBeingSent) return row.delivery;
        const again = { state: "pending", tries: 0, nextAttemptAt: now, finishedAt: null } as const;
        const delivery = { ...row.delivery, ...again };
        deliveries.set(id, { ...row, delivery, dueAt: now });
        return delivery;
      }),

    removeOld: (olderThanMs, limit) =>
      decide((now) => {
        const before = later(now, -olderThanMs);
        const old = deliveries
          .values()
          .filter(({ delivery }) => delivery.finishedAt !== null && delivery.finishedAt <= before)
          .slice(0, limit);
        for (const { delivery } of old) deliveries.delete(delivery.id);
        return old.length;
      }),

    backlog: () =>
      decide((now) => {
        const [oldest, ...others] = due(now);
        if (oldest === undefined) return { due: 0, oldestDueMs: 0 };
        return { due: 1 + others.length, oldestDueMs: Number(now) - Number(oldest.dueAt) };
      }),
  };
}

function isOf({ webhookId, jobId }: WebhookDelivery, of: DeliveriesOf): boolean {
  return isId("job", of) ? webhookId === null && jobId === of : webhookId === of;
}

export function addDeliveries({ deliveries }: MemoryState, rows: readonly NewDelivery[], now: Date): void {
  for (const { target, owner, url, body, ...rest } of rows) {
    if (deliveries.has(rest.id)) continue;
    const delivery: WebhookDelivery = {
      ...rest,
      ...{ owner: storableText(owner), url: url && storableText(url), body: storableText(body) },
      ...{ state: "pending", attempts: [], tries: 0, createdAt: now, nextAttemptAt: now, finishedAt: null },
    };
    deliveries.set(rest.id, { delivery, target: storableText(target), takes: 0, dueAt: now });
  }
}

/** The deliveries of a webhook that are not over fail; those that are being sent just now are not tried again. */
export function failPending({ deliveries }: MemoryState, id: WebhookId, now: Date): void {
  for (const row of deliveries.values()) {
    const { delivery, target } = row;
    if (target !== id || delivery.state !== "pending") continue;
    const failed = { ...delivery, state: "failed", nextAttemptAt: null, finishedAt: now } as const;
    deliveries.set(delivery.id, { ...row, delivery: failed });
  }
}

function changesOf(
  { attempts, tries, state }: WebhookDelivery,
  outcome: TryOutcome,
  now: Date,
): Partial<WebhookDelivery> {
  // One that failed while it was being sent, because its webhook was disabled, is not due again.
  const dueIfPending = (at: Date) => ({ nextAttemptAt: state === "pending" ? at : null });
  if (outcome.kind === "interrupted") return dueIfPending(now);
  const tried = { attempts: [...attempts, outcome.attempt].slice(-keptAttempts), tries: tries + 1 };
  if (outcome.kind === "retry") return { ...tried, ...dueIfPending(later(now, outcome.delayMs)) };
  return { ...tried, state: outcome.kind, nextAttemptAt: null, finishedAt: now };
}

const newestFirst = (
  a: Pick<WebhookDelivery, "createdAt" | "id">,
  b: Pick<WebhookDelivery, "createdAt" | "id">,
): number => Number(b.createdAt) - Number(a.createdAt) || (b.id < a.id ? -1 : 1);
