import type { KeyId } from "../runtime/ids.ts";
import type { KeyScope } from "./scopes.ts";

/** An API key as it is stored: never the secret itself. */
export interface ApiKey {
  readonly id: KeyId;
  readonly name: string;
  /** Owner of the jobs made with it. Never changes. */
  readonly owner: string;
  /** As granted; see {@link import("./scopes.ts").canonicalScopes}. */
  readonly scopes: readonly KeyScope[];
  /** Hex SHA-256 of the secret. */
  readonly hash: string;
  /** The last characters of the secret, to tell keys apart. */
  readonly lastFour: string;
  /** The secret before the last rotation; null once it does not work any more. */
  readonly previous: { readonly hash: string; readonly until: Date } | null;
  /** Origins of the web pages that may use it; empty: all that may call the API. Programs, which send no origin, are not bound by it. */
  readonly allowedOrigins: readonly string[];
  /** Networks that it may be used from, as CIDR; empty: all. */
  readonly allowedCidrs: readonly string[];
  readonly createdAt: Date;
  /** From then on it does not work; null: never ends by itself. */
  readonly expiresAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}
