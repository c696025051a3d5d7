import { readFileSync } from "node:fs";
import { createWebhookSender } from "../adapters/webhooks/index.ts";
import type { Config } from "../config/config.ts";
import type { SecretSupport } from "../secrets/secret-support.ts";
import type { WebhookSupport } from "../webhooks/webhook-support.ts";

const notSet = "Webhooks are off: their secrets are encrypted with SECRETS_KEY, which is not set.";

/** What webhooks need, as the configuration says. */
export function composeWebhooks(config: Config, secrets: SecretSupport): WebhookSupport {
  const { ALLOW_PRIVATE_HOSTS, CA_FILE, PUBLIC_URL, WEBHOOK_DELIVERY, WEBHOOK_TIMEOUT_SECONDS } = config;
  const ca = CA_FILE === null ? undefined : authoritiesIn(CA_FILE);
  return {
    secrets: secrets.box,
    sender: createWebhookSender({
      allowPrivateHosts: ALLOW_PRIVATE_HOSTS,
      timeoutMs: WEBHOOK_TIMEOUT_SECONDS * 1_000,
      ...(ca === undefined ? {} : { ca }),
    }),
    publicUrl: PUBLIC_URL?.replace(/\/+$/, "") ?? null,
    delivers: WEBHOOK_DELIVERY === "on",
    refused: secrets.refused === null ? null : notSet,
  };
}

/** The engine names a file that cannot be read; an API without an engine has never needed it. */
function authoritiesIn(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
