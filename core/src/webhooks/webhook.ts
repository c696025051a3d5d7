import { AppError } from "../errors/app-error.ts";
import type { WebhookId } from "../runtime/ids.ts";
import type { WebhookEvent } from "./events.ts";

/** A secret that deliveries are signed with, encrypted by {@link import("../secrets/secret-box.ts").SecretBox}. */
export interface SealedSecret {
  readonly sealed: string;
  /** It signs until then, ISO 8601; null for the newest, which signs until it is replaced. */
  readonly expiresAt: string | null;
}

/** Why a webhook gets nothing any more: it answered 410, its deliveries failed for days, or its owner disabled it. */
export type DisabledReason = "gone" | "failing" | "by_owner";

/** An address of an owner that is told of events. */
export interface Webhook {
  readonly id: WebhookId;
  readonly owner: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description: string;
  /** The newest first; during a rotation the one before it follows. */
  readonly secrets: readonly SealedSecret[];
  readonly disabledAt: Date | null;
  readonly disabledReason: DisabledReason | null;
  /** Since when no delivery has succeeded; null when the latest one did. */
  readonly failingSince: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Webhooks that an owner may have. */
export const mostWebhooks = 25;

/** The error of one more than an owner may have. */
export const tooManyWebhooks = (): AppError =>
  new AppError("quota_exceeded", `There may be ${mostWebhooks} webhooks.`, {
    hint: "Delete one that is not needed; one webhook can take several events.",
  });
