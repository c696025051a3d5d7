import type { DeliveryId, JobId, WebhookId } from "../../../runtime/ids.ts";
import type { DeliveryAttempt, DeliveryState, DeliveryType } from "../../../webhooks/delivery.ts";
import type { WebhookEvent } from "../../../webhooks/events.ts";
import type { DisabledReason, SealedSecret } from "../../../webhooks/webhook.ts";
import type { ColumnKit } from "./column-kit.ts";
import { isPending, isPendingForAnybody, ofRequest } from "./conditions.ts";

/** The tables of webhooks and their deliveries. */
export function webhookTables(kit: ColumnKit) {
  const webhooks = kit.table(
    "webhooks",
    {
      id: kit.text("id").$type<WebhookId>().primaryKey(),
      owner: kit.text("owner").notNull(),
      url: kit.text("url").notNull(),
      events: kit.json<readonly WebhookEvent[]>("events").notNull(),
      description: kit.text("description").notNull(),
      secrets: kit.json<readonly SealedSecret[]>("secrets").notNull(),
      disabledAt: kit.time("disabled_at"),
      disabledReason: kit.text("disabled_reason").$type<DisabledReason>(),
      failingSince: kit.time("failing_since"),
      createdAt: kit.time("created_at").notNull(),
      updatedAt: kit.time("updated_at").notNull(),
    },
    (table) => [kit.index("webhooks_owner").on(table.owner, table.createdAt, table.id)],
  );
  /** What signs deliveries to addresses that jobs name, by owner. */
  const webhookSecrets = kit.table("webhook_secrets", {
    owner: kit.text("owner").primaryKey(),
    secrets: kit.json<readonly SealedSecret[]>("secrets").notNull(),
    updatedAt: kit.time("updated_at").notNull(),
  });
  /**
   * Messages to webhooks; see `Deliveries`. They reference nothing: a webhook or a job that is deleted at the same time must
   * not undo the transaction that writes them.
   */
  const webhookDeliveries = kit.table(
    "webhook_deliveries",
    {
      id: kit.text("id").$type<DeliveryId>().primaryKey(),
      owner: kit.text("owner").notNull(),
      webhookId: kit.text("webhook_id").$type<WebhookId>(),
      url: kit.text("url"),
      target: kit.text("target").notNull(),
      type: kit.text("type").$type<DeliveryType>().notNull(),
      jobId: kit.text("job_id").$type<JobId>(),
      traceparent: kit.text("traceparent"),
      body: kit.text("body").notNull(),
      state: kit.text("state").$type<DeliveryState>().notNull(),
      attempts: kit.json<readonly DeliveryAttempt[]>("attempts").notNull(),
      tries: kit.integer("tries").notNull(),
      /** How often it was taken; the number fences what a sender writes. */
      takes: kit.integer("takes").notNull(),
      /** What clients see; `dueAt` is later while it is being sent. */
      nextAttemptAt: kit.time("next_attempt_at"),
      dueAt: kit.time("due_at").notNull(),
      createdAt: kit.time("created_at").notNull(),
      finishedAt: kit.time("finished_at"),
    },
    (table) => [
      kit.index("webhook_deliveries_target").on(table.target, table.dueAt).where(isPending),
      kit.index("webhook_deliveries_due").on(table.dueAt).where(isPendingForAnybody),
      kit.index("webhook_deliveries_newest").on(table.webhookId, table.createdAt, table.id),
      kit.index("webhook_deliveries_request").on(table.jobId, table.createdAt, table.id).where(ofRequest),
      kit.index("webhook_deliveries_finished").on(table.finishedAt),
    ],
  );
  return { webhooks, webhookSecrets, webhookDeliveries };
}
