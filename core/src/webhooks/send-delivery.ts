import type { ServiceDeps } from "../dependencies.ts";
import { toAppError } from "../errors/app-error.ts";
import type { Note } from "../telemetry/telemetry.ts";
import { defaultSecrets } from "./default-secret.ts";
import type { TakenDelivery, TryOutcome } from "./deliveries.ts";
import type { DeliveryAttempt } from "./delivery.ts";
import { operatorEvents } from "./events.ts";
import { isOperator } from "./operators.ts";
import { publicBody } from "./public-body.ts";
import { disableAfterMs, retryPauseMs } from "./retries.ts";
import type { SendResult } from "./sender.ts";
import type { Webhook } from "./webhook.ts";
import { openSecrets, secretContext } from "./webhook-secret.ts";
import type { WebhookSupport } from "./webhook-support.ts";

type SendDeps = Pick<ServiceDeps, "database" | "clock" | "logger" | "telemetry">;

const gone = 410;

/** `unsigned`: its secret cannot be read here, so that nothing was tried and it is due again at once. */
export type SendOutcome = "tried" | "unsigned";

/** Tries a delivery once and writes what came of it. Rejects when that could not be written: it is then due again by itself. */
export async function sendDelivery(
  deps: SendDeps,
  support: WebhookSupport,
  delivery: TakenDelivery,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const { id: deliveryId, webhookId, traceparent } = delivery;
  const begun = { deliveryId, webhookId, traceparent };
  return await deps.telemetry.during("delivery", begun, (note) => tryDelivery(deps, support, delivery, signal, note));
}

async function tryDelivery(
  deps: SendDeps,
  support: WebhookSupport,
  delivery: TakenDelivery,
  signal: AbortSignal,
  note: Note<"delivery">,
): Promise<SendOutcome> {
  const { database, clock } = deps;
  const webhook = delivery.webhookId === null ? null : await database.webhooks.get(delivery.webhookId, null);
  const at = clock.now();
  const finish = async (result: SendResult): Promise<void> => {
    const attempt = attemptOf(result, at, clock.now());
    const outcome = outcomeOf(delivery, result, attempt);
    if (!(await database.deliveries.record(delivery, outcome))) return;
    note({ outcome: outcome.kind, status: attempt.status });
    if (webhook !== null) await noteHealth(deps, webhook, outcome);
  };

  const url = delivery.url ?? webhook?.url;
  const error = await refusalOf(deps, delivery, webhook);
  if (url === undefined || error !== null) {
    const attempt: DeliveryAttempt = {
      at: at.toISOString(),
      status: null,
      durationMs: 0,
      error: error ?? "It has no address.",
    };
    await database.deliveries.record(delivery, { kind: "failed", attempt });
    note({ outcome: "failed", status: null });
    return "tried";
  }
  let secrets: readonly string[];
  try {
    secrets = await secretsOf(deps, support, delivery, webhook);
  } catch (error) {
    // Not the receiver's fault: it costs none of its tries, and a process with the right key may send it meanwhile.
    deps.logger.debug("a webhook delivery cannot be signed", { deliveryId: delivery.id, error });
    await database.deliveries.record(delivery, { kind: "interrupted" });
    note({ outcome: "interrupted", status: null });
    return "unsigned";
  }
  let result: SendResult;
  try {
    const traceparent = deps.telemetry.traceparent();
    const body = publicBody(delivery.body, support.publicUrl);
    result = await support.sender.send({ url, id: delivery.id, at, body, secrets, traceparent }, signal);
  } catch (error) {
    if (signal.aborted) {
      await database.deliveries.record(delivery, { kind: "interrupted" });
      note({ outcome: "interrupted", status: null });
      return "tried";
    }
    deps.logger.error("a webhook delivery could not be made", { deliveryId: delivery.id, error });
    result = { kind: "failed", error: toAppError(error).message };
  }
  await finish(result);
  return "tried";
}

/** Why a delivery is not sent at all; null: it is. */
async function refusalOf(
  { database }: SendDeps,
  { url, type, owner }: TakenDelivery,
  webhook: Webhook | null,
): Promise<string | null> {
  if (webhook === null) return url === null ? "The webhook was deleted." : null;
  if (webhook.disabledAt !== null) return "The webhook is disabled.";
  if (!operatorEvents.has(type)) return null;
  // Both may have changed since it was written, and it can be replayed for as long as it is kept.
  const events: readonly string[] = webhook.events;
  if (events.includes(type) && (await isOperator(database, owner))) return null;
  return "It tells of the service itself: the webhook is no longer told of that, or no key of its owner has the scope `admin`.";
}

async function secretsOf(
  deps: SendDeps,
  support: WebhookSupport,
  { owner }: TakenDelivery,
  webhook: Webhook | null,
): Promise<string[]> {
  if (webhook === null) return await defaultSecrets(deps, support.secrets, owner);
  return await openSecrets(support.secrets, webhook.secrets, secretContext.webhook(webhook.id), deps.clock.now());
}

function attemptOf(result: SendResult, at: Date, end: Date): DeliveryAttempt {
  const durationMs = Math.max(0, end.getTime() - at.getTime());
  const log = { at: at.toISOString(), durationMs };
  if (result.kind === "failed") return { ...log, status: null, error: result.error };
  return { ...log, status: result.status, error: problemOf(result.status) };
}

function problemOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `It was answered ${status}; redirects are not followed.`;
  if (status === gone) return "It was answered 410: the address is gone for good.";
  return `It was answered ${status}.`;
}

function outcomeOf({ tries }: TakenDelivery, result: SendResult, attempt: DeliveryAttempt): TryOutcome {
  if (attempt.error === null) return { kind: "delivered", attempt };
  if (attempt.status === gone) return { kind: "failed", attempt };
  const retryAfterMs = result.kind === "answered" ? result.retryAfterMs : null;
  const delayMs = retryPauseMs(tries + 1, retryAfterMs, Math.random());
  return delayMs === null ? { kind: "failed", attempt } : { kind: "retry", attempt, delayMs };
}

/** Writes how the webhook is, and disables it when its address is gone or was silent for days. */
async function noteHealth({ database, clock, logger }: SendDeps, webhook: Webhook, outcome: TryOutcome): Promise<void> {
  const { id, failingSince } = webhook;
  if (outcome.kind === "interrupted") return;
  if (outcome.kind === "delivered") {
    if (failingSince !== null) await database.webhooks.markDelivered(id);
    return;
  }
  if (failingSince === null) await database.webhooks.markFailing(id);
  const isGone = outcome.attempt.status === gone;
  const silentMs = failingSince === null ? 0 : clock.now().getTime() - failingSince.getTime();
  if (!isGone && (outcome.kind === "retry" || silentMs < disableAfterMs)) return;
  await database.webhooks.disable(id, isGone ? "gone" : "failing");
  logger.info("a webhook was disabled", { webhookId: id, reason: isGone ? "gone" : "failing" });
}
