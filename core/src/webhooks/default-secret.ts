import type { ServiceDeps } from "../dependencies.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import { newWebhookSecret, openSecrets, rotated, sealSecret, secretContext } from "./webhook-secret.ts";

type SecretDeps = Pick<ServiceDeps, "store" | "clock">;

/** The secrets that sign what goes to addresses of an owner's jobs, the newest first; the first call makes one. */
export async function defaultSecrets({ store, clock }: SecretDeps, box: SecretBox, owner: string): Promise<string[]> {
  const context = secretContext.owner(owner);
  const stored = await store.webhooks.defaultSecrets(owner);
  const secrets =
    stored ??
    (await store.webhooks.replaceDefaultSecrets(owner, null, [await sealSecret(box, newWebhookSecret(), context)]));
  return await openSecrets(box, secrets, context, clock.now());
}

/** Replaces the default secret; the one before signs as well for some time. Returns the secrets that sign then. */
export async function rotateDefaultSecret(
  { store, clock }: SecretDeps,
  box: SecretBox,
  owner: string,
  overlapMs: number,
): Promise<string[]> {
  const context = secretContext.owner(owner);
  const before = await store.webhooks.defaultSecrets(owner);
  const fresh = await sealSecret(box, newWebhookSecret(), context);
  const after = rotated(before ?? [], fresh, clock.now(), overlapMs);
  return await openSecrets(box, await store.webhooks.replaceDefaultSecrets(owner, before, after), context, clock.now());
}
