import { z } from "zod";
import type { ApiKey } from "./api-key.ts";
import { canonicalScopes, scopes } from "./scopes.ts";

const time = z.iso.datetime();

/** A key as clients see it: all but the hash of its secret. */
export const KeyResource = z
  .object({
    id: z.string(),
    name: z.string().describe("For people, to tell keys apart."),
    owner: z.string().describe("Whose jobs are made and seen with it."),
    scopes: z.array(z.enum(scopes)).describe("Without short names; `admin` allows everything."),
    lastFour: z.string().describe("The last characters of the secret."),
    allowedOrigins: z.array(z.string()).describe("Origins of web pages that may use it; empty: all."),
    allowedCidrs: z.array(z.string()).describe("Addresses and networks that it may be used from; empty: all."),
    createdAt: time,
    expiresAt: time.nullable().describe("From then on it does not work; null: never ends by itself."),
    lastUsedAt: time.nullable().describe("To the minute; null: never used."),
    revokedAt: time.nullable(),
    previousSecretExpiresAt: time
      .nullable()
      .describe("Until then the secret before the last rotation works as well; null: it does not."),
  })
  .meta({ id: "Key", description: "An API key." });
export type KeyResource = z.infer<typeof KeyResource>;

/** A key as clients see it. */
export function toKeyResource(key: ApiKey): KeyResource {
  const { id, name, owner, lastFour, allowedOrigins, allowedCidrs, createdAt, expiresAt, lastUsedAt, revokedAt } = key;
  return {
    id,
    name,
    owner,
    scopes: [...canonicalScopes(key.scopes)],
    lastFour,
    allowedOrigins: [...allowedOrigins],
    allowedCidrs: [...allowedCidrs],
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
    previousSecretExpiresAt: key.previous?.until.toISOString() ?? null,
  };
}
