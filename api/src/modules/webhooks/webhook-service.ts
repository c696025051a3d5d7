import {
  type Actor,
  changeWebhook,
  createWebhook,
  type DeliveriesOf,
  type DeliveryCursor,
  type DeliveryId,
  defaultSecrets,
  getWebhook,
  listDeliveries,
  type Once,
  removeWebhook,
  replayDelivery,
  requireWebhookSupport,
  rotateDefaultSecret,
  rotateSecret,
  type ServiceDeps,
  testWebhook,
  type Webhook,
  type WebhookDelivery,
  type WebhookId,
  type WebhookInput,
  type WebhookWithSecret,
  type Written,
} from "@vidferry/core";

/** What the API needs for webhooks; all of it is of one owner. Rejects as `ApiService` does. */
export interface WebhookService {
  create(
    owner: string,
    input: WebhookInput,
    by: Actor,
    once: Once<WebhookWithSecret> | null,
    isOperator: boolean,
  ): Promise<Written<WebhookWithSecret>>;
  list(owner: string): Promise<readonly Webhook[]>;
  get(id: WebhookId, owner: string): Promise<Webhook>;
  change(
    id: WebhookId,
    owner: string,
    patch: Partial<WebhookInput> & { readonly enabled?: boolean },
    by: Actor,
    isOperator: boolean,
  ): Promise<Webhook>;
  remove(id: WebhookId, owner: string, by: Actor): Promise<void>;
  rotate(
    id: WebhookId,
    owner: string,
    overlapMs: number,
    by: Actor,
    once: Once<WebhookWithSecret> | null,
  ): Promise<Written<WebhookWithSecret>>;
  test(id: WebhookId, owner: string, once: Once<WebhookDelivery> | null): Promise<Written<WebhookDelivery>>;
  deliveries(
    of: DeliveriesOf,
    owner: string,
    page: { readonly limit: number; readonly after?: DeliveryCursor },
  ): Promise<{ readonly deliveries: readonly WebhookDelivery[]; readonly next: DeliveryCursor | null }>;
  replay(
    of: DeliveriesOf,
    owner: string,
    deliveryId: DeliveryId,
    once: Once<WebhookDelivery> | null,
  ): Promise<Written<WebhookDelivery>>;
  /** The default secrets, the newest first. */
  secrets(owner: string): Promise<readonly string[]>;
  rotateDefault(
    owner: string,
    overlapMs: number,
    by: Actor,
    once: Once<readonly string[]> | null,
  ): Promise<Written<readonly string[]>>;
}

/** Implements {@link WebhookService} with core's use cases. */
export function createWebhookService(
  deps: Pick<ServiceDeps, "database" | "clock" | "ids" | "webhookSupport">,
): WebhookService {
  return {
    create: (owner, input, by, once, isOperator) => createWebhook(deps, owner, input, by, once, isOperator),
    list: (owner) => deps.database.webhooks.list(owner),
    get: (id, owner) => getWebhook(deps, id, owner),
    change: (id, owner, patch, by, isOperator) => changeWebhook(deps, id, owner, patch, by, isOperator),
    remove: (id, owner, by) => removeWebhook(deps, id, owner, by),
    rotate: (id, owner, overlapMs, by, once) => rotateSecret(deps, id, owner, overlapMs, by, once),
    test: (id, owner, once) => testWebhook(deps, id, owner, once),
    deliveries: (of, owner, page) => listDeliveries(deps, of, owner, page),
    replay: (of, owner, deliveryId, once) => replayDelivery(deps, of, owner, deliveryId, once),
    secrets: async (owner) => await defaultSecrets(deps, requireWebhookSupport(deps).secrets, owner),
    rotateDefault: (owner, overlapMs, by, once) => rotateDefaultSecret(deps, owner, overlapMs, by, once),
  };
}
