import type { SecretBox } from "../secrets/secret-box.ts";
import type { SealedSecret } from "./webhook.ts";

/** A new secret in the form of Standard Webhooks: `whsec_` and 32 random bytes as Base64. */
export function newWebhookSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

/** Seals a secret as the only one of its owner. */
export async function sealSecret(box: SecretBox, secret: string, context: string): Promise<SealedSecret> {
  return { sealed: await box.seal(secret, context), expiresAt: null };
}

/** The secrets during a rotation: the new one, and the one before it for as long as receivers may still use it. */
export function rotated(
  current: readonly SealedSecret[],
  fresh: SealedSecret,
  now: Date,
  overlapMs: number,
): SealedSecret[] {
  const expiresAt = new Date(now.getTime() + overlapMs).toISOString();
  const [before] = current;
  return before === undefined || overlapMs === 0 ? [fresh] : [fresh, { ...before, expiresAt }];
}

/**
 * The secrets that sign at this time, opened. One before the newest that cannot be opened is left out: after the loss of a key
 * a rotation is enough to sign again.
 */
export async function openSecrets(
  box: SecretBox,
  secrets: readonly SealedSecret[],
  context: string,
  now: Date,
): Promise<string[]> {
  const valid = secrets.filter(({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > now.getTime());
  const opened = valid.map(async ({ sealed }, index) =>
    index === 0 ? await box.open(sealed, context) : await box.open(sealed, context).catch(() => null),
  );
  return (await Promise.all(opened)).filter((secret) => secret !== null);
}

/** What secrets are sealed for. */
export const secretContext = {
  webhook: (id: string): string => `webhook ${id}`,
  owner: (owner: string): string => `webhooks of ${owner}`,
} as const;
