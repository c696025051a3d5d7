import type { WebhookId } from "../runtime/ids.ts";
import type { WebhookEvent } from "./events.ts";
import type { DisabledReason, SealedSecret, Webhook } from "./webhook.ts";

/** A webhook that does not exist yet. */
export type NewWebhook = Pick<Webhook, "id" | "owner" | "url" | "events" | "description" | "secrets">;

/** What may change of a webhook; absent fields stay as they are. */
export type WebhookPatch = Partial<Pick<Webhook, "url" | "events" | "description" | "secrets">> & {
  /** A reason disables it; null enables it again, and it counts as not failing. */
  readonly disabledReason?: DisabledReason | null;
};

/** The webhooks of owners, and the secret that signs what goes to addresses of single jobs. */
export interface Webhooks {
  /** Throws `quota_exceeded` when the owner has {@link import("./webhook.ts").mostWebhooks} already, however many are made at once. */
  insert(webhook: NewWebhook): Promise<Webhook>;
  /** The webhook, or null when there is none or it belongs to another owner. `owner: null` reads any. */
  get(id: WebhookId, owner: string | null): Promise<Webhook | null>;
  /** All of an owner, newest first. */
  list(owner: string): Promise<readonly Webhook[]>;
  /** Webhooks of all owners that are told of an event, those that are disabled left out. */
  listening(event: WebhookEvent): Promise<readonly Webhook[]>;
  update(id: WebhookId, owner: string | null, patch: WebhookPatch): Promise<Webhook | null>;
  /** Deletes it with its deliveries. False when there is none. */
  remove(id: WebhookId, owner: string | null): Promise<boolean>;
  /** A delivery succeeded: it is not failing. */
  markDelivered(id: WebhookId): Promise<void>;
  /** A delivery failed: it is failing since now, unless it has been for longer. */
  markFailing(id: WebhookId): Promise<void>;
  /** Disables it, unless it is already: no new deliveries, and those that are not over fail. */
  disable(id: WebhookId, reason: DisabledReason): Promise<void>;
  /** The owner's default secrets, the newest first; null when there are none yet. */
  defaultSecrets(owner: string): Promise<readonly SealedSecret[] | null>;
  /** Writes the default secrets if those that are there are `before` (null: none), and returns those that are there then. */
  replaceDefaultSecrets(
    owner: string,
    before: readonly SealedSecret[] | null,
    secrets: readonly SealedSecret[],
  ): Promise<readonly SealedSecret[]>;
}
