import { z } from "@hono/zod-openapi";
import {
  AllowedCidrs,
  AllowedOrigins,
  type CreatedApiKey,
  KeyExpiry,
  KeyName,
  KeyOwner,
  KeyResource,
  KeyScopes,
  rotationOverlap,
  toKeyResource,
} from "@vidferry/core";

export const NewKey = z
  .strictObject({
    name: KeyName,
    owner: KeyOwner.optional().describe(
      "Whose jobs are made and seen with it; absent: the key's own, which no other key sees.",
    ),
    scopes: KeyScopes.default(["write"]),
    expiresAt: KeyExpiry.default(null),
    allowedOrigins: AllowedOrigins.default([]),
    allowedCidrs: AllowedCidrs.default([]),
  })
  .meta({ id: "NewKey" });

export const KeyPatch = z
  .strictObject({
    name: KeyName.optional(),
    scopes: KeyScopes.optional(),
    expiresAt: KeyExpiry.optional(),
    allowedOrigins: AllowedOrigins.optional(),
    allowedCidrs: AllowedCidrs.optional(),
  })
  .meta({ id: "KeyPatch" });

export const KeyRotation = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(rotationOverlap.most)
      .default(rotationOverlap.standard)
      .describe("How long the secret before keeps working: a day, at most a week; 0 ends it at once."),
  })
  .meta({ id: "KeyRotation" });

export const KeyWithSecret = KeyResource.extend({
  secret: z.string().describe("`vf_…`. Shown this once: only its hash is kept."),
}).meta({ id: "KeyWithSecret" });

export const KeyPage = z
  .object({
    data: z.array(KeyResource),
    nextCursor: z.string().nullable().describe("For the next page; null on the last one."),
  })
  .meta({ id: "KeyPage" });

export const exampleKey: KeyResource = {
  id: "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
  name: "web shop",
  owner: "shop",
  scopes: ["downloads:read", "downloads:write", "files:read"],
  lastFour: "k3Xq",
  allowedOrigins: [],
  allowedCidrs: ["203.0.113.0/24"],
  createdAt: "2026-11-26T10:00:00.000Z",
  expiresAt: "2027-11-26T10:00:00.000Z",
  lastUsedAt: null,
  revokedAt: null,
  previousSecretExpiresAt: null,
};

export const exampleSecret = { ...exampleKey, secret: "vf_7Qd0Zr2mYc8TnKx5LwHb1PgVsJ9uEa4RfX3oDi6Bk3Xq" };

const keyId = z.string().openapi({ description: "The key's id.", example: exampleKey.id });

/** `{id}` in a path. */
export const KeyPath = z.object({ id: keyId });

/** A key and its secret, as they are shown once. */
export const withSecret = ({ key, secret }: CreatedApiKey) => ({ ...toKeyResource(key), secret });

/** The content of an answer, for the description of an operation. */
export const json = <S, E>(schema: S, example: E) => ({ "application/json": { schema, example } });
