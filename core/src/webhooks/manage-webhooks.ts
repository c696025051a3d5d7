import type { Actor, Audit, AuditAction, AuditDetail } from "../audit/audit.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import { type DeliveryId, isId, type WebhookId } from "../runtime/ids.ts";
import type { DeliveriesOf, DeliveryCursor } from "./deliveries.ts";
import type { WebhookDelivery } from "./delivery.ts";
import { deliveryTarget } from "./delivery-target.ts";
import { operatorEvents, type WebhookEvent } from "./events.ts";
import type { Webhook } from "./webhook.ts";
import { newWebhookSecret, rotated, sealSecret, secretContext } from "./webhook-secret.ts";
import type { WebhookSupport } from "./webhook-support.ts";
import type { Webhooks } from "./webhooks.ts";

type ManageDeps = Pick<ServiceDeps, "database" | "ids" | "clock" | "webhookSupport">;

/** What an owner writes of a webhook. */
export interface WebhookInput {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description: string;
}

/** A webhook, and a secret that is shown this once. */
export interface WebhookWithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** What webhooks need; throws `unavailable` where they are off. */
export function requireWebhookSupport({ webhookSupport }: Pick<ServiceDeps, "webhookSupport">): WebhookSupport {
  if (webhookSupport !== undefined && webhookSupport.refused === null) return webhookSupport;
  throw new AppError("unavailable", webhookSupport?.refused ?? "Webhooks are off here.", {
    hint: "Ask the operator to set SECRETS_KEY.",
    permanent: true,
  });
}

/** Throws `invalid_request` for an address that nothing would ever be sent to. */
export function requireAllowed({ sender }: WebhookSupport, url: string, field: string): void {
  const reason = sender.refuses(url);
  if (reason === null) return;
  throw new AppError("invalid_request", `${field}: ${reason}`, { fields: [{ path: `/${field}`, message: reason }] });
}

/**
 * Throws `forbidden` for events of the service itself, unless an operator asks. A webhook that has them is an operator's as a
 * whole: whoever could change its address would get what is meant for them.
 */
function requireMayHear(events: readonly WebhookEvent[], isOperator: boolean): void {
  const refused = events.find((event) => operatorEvents.has(event));
  if (isOperator || refused === undefined) return;
  const message = `\`${refused}\` tells of the service itself, and needs a key with the scope \`admin\``;
  throw new AppError("forbidden", `events: ${message}.`, { fields: [{ path: "/events", message }] });
}

/**
 * Makes a webhook. Throws `invalid_request`, `forbidden`, `quota_exceeded`, `unavailable`.
 * @param isOperator whether who asks may be told of the service itself
 */
export async function createWebhook(
  deps: ManageDeps,
  owner: string,
  input: WebhookInput,
  by: Actor,
  once: Once<WebhookWithSecret> | null,
  isOperator = false,
): Promise<Written<WebhookWithSecret>> {
  const support = requireWebhookSupport(deps);
  requireMayHear(input.events, isOperator);
  requireAllowed(support, input.url, "url");
  const id = deps.ids.next("whk");
  const secret = newWebhookSecret();
  const secrets = [await sealSecret(support.secrets, secret, secretContext.webhook(id))];
  return await writeOnce(deps, once, async (tx) => {
    const webhook = await tx.webhooks.insert({ id, owner, ...input, secrets });
    await tell(tx, "webhook.created", webhook, by, { host: hostOf(webhook.url), events: webhook.events.join(" ") });
    return { webhook, secret };
  });
}

/** The owner's webhook. Throws `not_found`. */
export async function getWebhook(
  { database }: Pick<ServiceDeps, "database">,
  id: WebhookId,
  owner: string,
): Promise<Webhook> {
  return found(await database.webhooks.get(id, owner), id);
}

/**
 * Changes a webhook; `enabled: true` makes one that was disabled get events again. Throws `not_found`, `invalid_request`,
 * `forbidden`.
 * @param isOperator whether who asks may be told of the service itself
 */
export async function changeWebhook(
  deps: ManageDeps,
  id: WebhookId,
  owner: string,
  { enabled, ...patch }: Partial<WebhookInput> & { readonly enabled?: boolean },
  by: Actor,
  isOperator = false,
): Promise<Webhook> {
  if (patch.url !== undefined) requireAllowed(requireWebhookSupport(deps), patch.url, "url");
  const webhook = await getWebhook(deps, id, owner);
  const isEnabled = webhook.disabledAt === null;
  const changes: Parameters<Webhooks["update"]>[2] = {
    ...patch,
    ...(enabled === undefined || enabled === isEnabled ? {} : { disabledReason: enabled ? null : "by_owner" }),
  };
  const changed = [...Object.keys(patch), ...(enabled === undefined ? [] : ["enabled"])].join(" ");
  return await deps.database.transaction(async (tx) => {
    const after = found(await tx.webhooks.update(id, owner, changes), id);
    requireMayHear(after.events, isOperator);
    await tell(tx, "webhook.changed", after, by, { changed, host: hostOf(after.url) });
    return after;
  });
}

/** Deletes a webhook with its deliveries. Throws `not_found`. */
export async function removeWebhook(
  { database }: Pick<ServiceDeps, "database">,
  id: WebhookId,
  owner: string,
  by: Actor,
): Promise<void> {
  await database.transaction(async (tx) => {
    if (!(await tx.webhooks.remove(id, owner))) throw missing(id);
    await tell(tx, "webhook.deleted", { id, owner }, by);
  });
}

/** Gives a webhook a new secret; the one before signs as well for the overlap. Throws `not_found`, `unavailable`. */
export async function rotateSecret(
  deps: ManageDeps,
  id: WebhookId,
  owner: string,
  overlapMs: number,
  by: Actor,
  once: Once<WebhookWithSecret> | null,
): Promise<Written<WebhookWithSecret>> {
  const secret = newWebhookSecret();
  const fresh = await sealSecret(requireWebhookSupport(deps).secrets, secret, secretContext.webhook(id));
  return await writeOnce(deps, once, async (tx) => {
    // A change of nothing holds the row: another rotation goes before this one or after it, and each knows the other's secret.
    const { secrets } = found(await tx.webhooks.update(id, owner, {}), id);
    const after = rotated(secrets, fresh, deps.clock.now(), overlapMs);
    const webhook = found(await tx.webhooks.update(id, owner, { secrets: after }), id);
    await tell(tx, "webhook.rotated", webhook, by, { overlapSeconds: overlapMs / 1000 });
    return { webhook, secret };
  });
}

/** Writes a delivery that says nothing but that it is a test. Throws `not_found`, `invalid_state` while it is disabled. */
export async function testWebhook(
  deps: ManageDeps,
  id: WebhookId,
  owner: string,
  once: Once<WebhookDelivery> | null,
): Promise<Written<WebhookDelivery>> {
  requireWebhookSupport(deps);
  const now = deps.clock.now();
  const type = "webhook.test";
  const delivery = {
    id: deps.ids.next("dlv"),
    owner,
    webhookId: id,
    url: null,
    type,
    jobId: null,
    traceparent: null,
  } as const;
  const body = JSON.stringify({ type, timestamp: now.toISOString(), data: { webhookId: id } });
  return await writeOnce(deps, once, async (tx) => {
    requireEnabled(found(await tx.webhooks.get(id, owner), id));
    await tx.deliveries.insert([{ ...delivery, body, target: deliveryTarget(delivery) }]);
    const written = await tx.deliveries.get(delivery.id, id);
    if (written === null) throw missing(id);
    return written;
  });
}

/** A page of deliveries, newest first. Throws `not_found`. */
export async function listDeliveries(
  { database }: Pick<ServiceDeps, "database">,
  of: DeliveriesOf,
  owner: string,
  { limit, after }: { readonly limit: number; readonly after?: DeliveryCursor },
): Promise<{ readonly deliveries: readonly WebhookDelivery[]; readonly next: DeliveryCursor | null }> {
  await requireOwned(database, of, owner);
  // One more than requested shows whether there is a next page.
  const rows = await database.deliveries.list(of, limit + 1, after);
  const deliveries = rows.slice(0, limit);
  const last = deliveries.at(-1);
  return { deliveries, next: rows.length > limit && last ? { createdAt: last.createdAt, id: last.id } : null };
}

/** Sends a delivery again, with its first id and body. Throws `not_found`, `invalid_state` while the webhook is disabled. */
export async function replayDelivery(
  deps: ManageDeps,
  of: DeliveriesOf,
  owner: string,
  deliveryId: DeliveryId,
  once: Once<WebhookDelivery> | null,
): Promise<Written<WebhookDelivery>> {
  requireWebhookSupport(deps);
  return await writeOnce(deps, once, async (tx) => {
    const webhook = await requireOwned(tx, of, owner);
    if (webhook !== null) requireEnabled(webhook);
    const delivery = await tx.deliveries.replay(deliveryId, of);
    if (delivery === null) throw new AppError("not_found", `There is no delivery ${deliveryId} of ${of}.`);
    return delivery;
  });
}

/** The webhook whose deliveries they are; null when they are a job's. Throws `not_found` when it is not this owner's. */
async function requireOwned(
  tx: Pick<ServiceDeps["database"], "jobs" | "webhooks">,
  of: DeliveriesOf,
  owner: string,
): Promise<Webhook | null> {
  if (!isId("job", of)) return found(await tx.webhooks.get(of, owner), of);
  if ((await tx.jobs.get(of, owner)) === null) throw new AppError("not_found", `There is no job ${of}.`);
  return null;
}

function requireEnabled({ disabledAt }: Webhook): void {
  if (disabledAt === null) return;
  throw new AppError("invalid_state", "The webhook is disabled.", {
    hint: "Enable it with PATCH and `enabled: true`.",
  });
}

function tell(
  tx: { readonly audit: Pick<Audit, "add"> },
  action: AuditAction,
  { id, owner }: Pick<Webhook, "id" | "owner">,
  by: Actor,
  detail: AuditDetail = {},
): Promise<void> {
  return tx.audit.add({ action, by, subject: id, owner, detail });
}

/** Never the whole address: its path and query often are a secret of the receiver. */
const hostOf = (url: string): string => new URL(url).host;

const missing = (id: WebhookId): AppError => new AppError("not_found", `There is no webhook ${id}.`);

function found(webhook: Webhook | null, id: WebhookId): Webhook {
  if (webhook === null) throw missing(id);
  return webhook;
}
