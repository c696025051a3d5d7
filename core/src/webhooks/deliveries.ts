import type { DeliveryId, JobId, WebhookId } from "../runtime/ids.ts";
import type { DeliveryAttempt, WebhookDelivery } from "./delivery.ts";

/** A delivery that does not exist yet; it is due at once. */
export interface NewDelivery
  extends Pick<WebhookDelivery, "id" | "owner" | "webhookId" | "url" | "type" | "jobId" | "traceparent" | "body"> {
  /** Deliveries with the same target wait for one another, those of other targets do not; see `deliveryTarget`. */
  readonly target: string;
}

/** A delivery that was taken to be sent. A write with an old `take` changes nothing. */
export interface TakenDelivery extends WebhookDelivery {
  readonly take: number;
}

/** What came of a try. */
export type TryOutcome =
  | { readonly kind: "delivered"; readonly attempt: DeliveryAttempt }
  | { readonly kind: "failed"; readonly attempt: DeliveryAttempt }
  /** It is due again after `delayMs`. */
  | { readonly kind: "retry"; readonly attempt: DeliveryAttempt; readonly delayMs: number }
  /** It was not tried to the end, because this process stops or cannot sign it: it is due again at once. */
  | { readonly kind: "interrupted" };

/** A position in the list, newest first: the last delivery of the previous page. */
export interface DeliveryCursor {
  readonly createdAt: Date;
  readonly id: DeliveryId;
}

/** Whose deliveries: those of a webhook, or those to the address that a job's own request named. */
export type DeliveriesOf = WebhookId | JobId;

/** A target that something is due for. */
export interface DueTarget {
  readonly target: string;
  readonly owner: string;
}

/** How many deliveries are not over. */
export interface DeliveryBacklog {
  /** Due, and not taken by anybody. */
  readonly due: number;
  /** How long the longest of these has been due, in milliseconds. */
  readonly oldestDueMs: number;
}

/**
 * Messages to webhooks. They are written by the transaction that makes them necessary, a job's by the one that ends it, and
 * sent afterwards: at least once, in no order.
 */
export interface Deliveries {
  insert(deliveries: readonly NewDelivery[]): Promise<void>;
  /** Targets with due deliveries, and whose they are; those that are due longest first. */
  dueTargets(limit: number): Promise<readonly DueTarget[]>;
  /**
   * Due deliveries of a target, the longest due first. They are invisible to others for `holdMs`; then they are due again,
   * so that those of a process that was killed are sent by another one.
   */
  take(target: string, limit: number, holdMs: number): Promise<readonly TakenDelivery[]>;
  /**
   * Writes what came of a try. Of one whose webhook was disabled meanwhile, a success counts and a failure is logged; it is not
   * tried again. False: it was taken by another since, or deleted.
   */
  record(taken: Pick<TakenDelivery, "id" | "take" | "attempts">, outcome: TryOutcome): Promise<boolean>;
  /** The delivery if it is one of these, or null. */
  get(id: DeliveryId, of: DeliveriesOf): Promise<WebhookDelivery | null>;
  /** A page of deliveries, newest first. */
  list(of: DeliveriesOf, limit: number, after?: DeliveryCursor): Promise<readonly WebhookDelivery[]>;
  /** Makes it due now, and its tries start over. One that is being sent just now stays as it is. Null when there is none. */
  replay(id: DeliveryId, of: DeliveriesOf): Promise<WebhookDelivery | null>;
  /** Deletes deliveries that were over this long ago, and returns how many. */
  removeOld(olderThanMs: number, limit: number): Promise<number>;
  backlog(): Promise<DeliveryBacklog>;
}
