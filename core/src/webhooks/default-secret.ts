import type { Actor } from "../audit/audit.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import { requireWebhookSupport } from "./manage-webhooks.ts";
import { newWebhookSecret, openSecrets, rotated, sealSecret, secretContext } from "./webhook-secret.ts";

type SecretDeps = Pick<ServiceDeps, "database" | "clock">;

/** The secrets that sign what goes to addresses of an owner's jobs, the newest first; the first call makes one. */
export async function defaultSecrets(
  { database, clock }: SecretDeps,
  box: SecretBox,
  owner: string,
): Promise<string[]> {
  const context = secretContext.owner(owner);
  const stored = await database.webhooks.defaultSecrets(owner);
  const secrets =
    stored ??
    (await database.webhooks.replaceDefaultSecrets(owner, null, [await sealSecret(box, newWebhookSecret(), context)]));
  return await openSecrets(box, secrets, context, clock.now());
}

/**
 * Replaces the default secret; the one before signs as well for some time. Returns the secrets that sign then. Throws
 * `unavailable`.
 */
export async function rotateDefaultSecret(
  deps: Pick<ServiceDeps, "database" | "ids" | "clock" | "webhookSupport">,
  owner: string,
  overlapMs: number,
  by: Actor,
  once: Once<readonly string[]> | null,
): Promise<Written<readonly string[]>> {
  const { database, clock } = deps;
  const { secrets: box } = requireWebhookSupport(deps);
  const context = secretContext.owner(owner);
  const fresh = await sealSecret(box, newWebhookSecret(), context);
  for (;;) {
    const before = await database.webhooks.defaultSecrets(owner);
    const after = rotated(before ?? [], fresh, clock.now(), overlapMs);
    // Before the transaction, which waits for nothing but its own statements.
    const opened = await openSecrets(box, after, context, clock.now());
    try {
      return await writeOnce(deps, once, async (tx) => {
        const [newest] = await tx.webhooks.replaceDefaultSecrets(owner, before, after);
        if (newest?.sealed !== fresh.sealed) throw overtaken;
        const detail = { overlapSeconds: overlapMs / 1000 };
        // The secret belongs to no webhook.
        await tx.audit.add({ action: "webhook.rotated", by, subject: null, owner, detail });
        return opened;
      });
    } catch (error) {
      if (error !== overtaken) throw error;
    }
  }
}

/** Another rotation was quicker: this one follows it. An `AppError`, since databases make one of whatever else a transaction throws. */
const overtaken = new AppError("unavailable", "The default secret was rotated at the same time.");
