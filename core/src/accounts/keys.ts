import type { KeyId } from "../runtime/ids.ts";

export type KeyScope = "read" | "write" | "admin";

/** An API key as it is stored: never the secret itself. */
export interface ApiKey {
  readonly id: KeyId;
  readonly name: string;
  /** Owner of the jobs made with it. */
  readonly owner: string;
  readonly scopes: readonly KeyScope[];
  /** Hex SHA-256 of the secret. */
  readonly hash: string;
  /** The last characters of the secret, to tell keys apart. */
  readonly lastFour: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** The repository of API keys. */
export interface Keys {
  insert(key: ApiKey): Promise<void>;
  /** By hash; null when there is none or it was revoked. */
  findByHash(hash: string): Promise<ApiKey | null>;
  /** All, newest first. */
  list(): Promise<readonly ApiKey[]>;
  /** False when there is no such key, or it was revoked before. */
  revoke(id: KeyId): Promise<boolean>;
}
