import { storableText, storedCopy } from "../../jobs/rules/storable.ts";
import type { WebhookId } from "../../runtime/ids.ts";
import { mostWebhooks, tooManyWebhooks, type Webhook } from "../../webhooks/webhook.ts";
import type { Webhooks } from "../../webhooks/webhooks.ts";
import { failPending } from "./deliveries.ts";
import type { Decide, MemoryState } from "./state.ts";

/** The webhooks in memory. */
export function createMemoryWebhooks(state: MemoryState, decide: Decide): Webhooks {
  const { webhooks, webhookSecrets, deliveries } = state;
  const find = (id: WebhookId, owner: string | null): Webhook | undefined => {
    const webhook = webhooks.get(id);
    return webhook && (owner === null || webhook.owner === storableText(owner)) ? webhook : undefined;
  };
  const change = (webhook: Webhook, now: Date, changes: Partial<Webhook>): Webhook => {
    const changed = { ...webhook, ...changes, updatedAt: now };
    webhooks.set(webhook.id, changed);
    return changed;
  };

  return {
    insert: (fresh) =>
      decide((now) => {
        const { id, owner, url, events, description, secrets } = storedCopy(fresh);
        if (webhooks.values().filter((other) => other.owner === owner).length >= mostWebhooks) throw tooManyWebhooks();
        const webhook: Webhook = {
          ...{ id, owner, url, events, description, secrets },
          ...{ disabledAt: null, disabledReason: null, failingSince: null, createdAt: now, updatedAt: now },
        };
        webhooks.set(id, webhook);
        return webhook;
      }),

    get: (id, owner) => decide(() => find(id, owner) ?? null),

    list: (owner) =>
      decide(() =>
        webhooks
          .values()
          .filter((webhook) => webhook.owner === storableText(owner))
          .sort((a, b) => Number(b.createdAt) - Number(a.createdAt) || (b.id < a.id ? -1 : 1)),
      ),

    listening: (event) =>
      decide(() => webhooks.values().filter(({ disabledAt, events }) => disabledAt === null && events.includes(event))),

    update: (id, owner, { disabledReason, ...patch }) =>
      decide((now) => {
        const webhook = find(id, owner);
        if (webhook === undefined) return null;
        const changed = change(webhook, now, {
          ...storedCopy(patch),
          ...(disabledReason === null && { disabledReason, disabledAt: null, failingSince: null }),
          ...(disabledReason && { disabledReason, disabledAt: now }),
        });
        if (disabledReason) failPending(state, id, now);
        return changed;
      }),

    remove: (id, owner) =>
      decide(() => {
        if (find(id, owner) === undefined) return false;
        webhooks.delete(id);
        for (const { delivery } of deliveries.values()) if (delivery.webhookId === id) deliveries.delete(delivery.id);
        return true;
      }),

    markDelivered: (id) =>
      decide((now) => {
        const webhook = webhooks.get(id);
        if (webhook && webhook.failingSince !== null) change(webhook, now, { failingSince: null });
      }),

    markFailing: (id) =>
      decide((now) => {
        const webhook = webhooks.get(id);
        if (webhook && webhook.failingSince === null) change(webhook, now, { failingSince: now });
      }),

    disable: (id, reason) =>
      decide((now) => {
        const webhook = webhooks.get(id);
        if (webhook && webhook.disabledAt === null) change(webhook, now, { disabledAt: now, disabledReason: reason });
        failPending(state, id, now);
      }),

    defaultSecrets: (owner) => decide(() => webhookSecrets.get(storableText(owner)) ?? null),

    replaceDefaultSecrets: (owner, before, secrets) =>
      decide(() => {
        const key = storableText(owner);
        const current = webhookSecrets.get(key) ?? null;
        if (JSON.stringify(current) !== JSON.stringify(before)) return current ?? [];
        webhookSecrets.set(key, secrets);
        return secrets;
      }),
  };
}
