import type { Clock } from "../runtime/clock.ts";
import type { IdGenerator } from "../runtime/id-generator.ts";
import { sha256Hex } from "../runtime/sha256.ts";
import type { ApiKey } from "./api-key.ts";
import type { KeyScope } from "./scopes.ts";

/*
 * A secret is `vf_`, 40 random base62 characters (238 bits) and 6 characters of CRC-32 over what precedes them. The checksum
 * distinguishes a typo or a truncated paste from a wrong key without a query, and lets secret scanners find leaked keys.
 */
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const prefix = "vf_";
const randomLength = 40;
const checkLength = 6;
const shape = new RegExp(`^${prefix}[0-9A-Za-z]{${randomLength + checkLength}}$`);

/** What a new key is for. */
export interface NewApiKey {
  /** For people, to tell keys apart. */
  readonly name: string;
  /** Owner of the jobs made with it. Default: the key's own id, so that keys do not see each other's jobs. */
  readonly owner?: string;
  /** What it may do. Default: everything but `admin`. */
  readonly scopes?: readonly KeyScope[];
  readonly expiresAt?: Date | null;
  readonly allowedOrigins?: readonly string[];
  readonly allowedCidrs?: readonly string[];
}

/** A new key and its secret. The secret is not kept anywhere: show it once. */
export interface CreatedApiKey {
  readonly key: ApiKey;
  readonly secret: string;
}

/** Makes a key and its secret; the caller puts the key into the {@link import("./keys.ts").Keys}. */
export async function createApiKey(
  deps: { readonly ids: IdGenerator; readonly clock: Clock },
  input: NewApiKey,
): Promise<CreatedApiKey> {
  const { secret, hash, lastFour } = await createSecret();
  const id = deps.ids.next("key");
  return {
    secret,
    key: {
      id,
      name: input.name,
      owner: input.owner ?? id,
      scopes: input.scopes ?? ["write"],
      hash,
      lastFour,
      previous: null,
      allowedOrigins: input.allowedOrigins ?? [],
      allowedCidrs: input.allowedCidrs ?? [],
      createdAt: deps.clock.now(),
      expiresAt: input.expiresAt ?? null,
      lastUsedAt: null,
      revokedAt: null,
    },
  };
}

/** A new secret, and what of it is stored. */
export async function createSecret(): Promise<{ readonly secret: string } & Pick<ApiKey, "hash" | "lastFour">> {
  const body = prefix + randomText(randomLength);
  const secret = body + checkOf(body);
  return { secret, hash: await hashApiKey(secret), lastFour: secret.slice(-4) };
}

/**
 * Hex SHA-256 of a secret: the only form in which it is stored and looked up. A slow hash would add nothing, since the secret is random
 * and long.
 */
export async function hashApiKey(secret: string): Promise<string> {
  return await sha256Hex(secret);
}

/** Whether a text has the form and the checksum of a secret; whether the key exists is not checked. */
export function isApiKeyText(text: string): boolean {
  return shape.test(text) && text.slice(-checkLength) === checkOf(text.slice(0, -checkLength));
}

function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // 248 is the largest multiple of 62 in a byte: larger bytes would make the first characters of the alphabet likelier.
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

function checkOf(text: string): string {
  let rest = crc32(text);
  let check = "";
  for (let i = 0; i < checkLength; i++) {
    check = alphabet[rest % 62] + check;
    rest = Math.floor(rest / 62);
  }
  return check;
}

/** What each byte adds to a CRC-32 as in ISO 3309 (zlib, PNG). */
const crcOfByte = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

/** CRC-32 of a text in ASCII. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc = (crc >>> 8) ^ (crcOfByte[(crc ^ text.charCodeAt(index)) & 0xff] ?? 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
