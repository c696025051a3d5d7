import type { KeyId } from "../runtime/ids.ts";
import type { ApiKey } from "./api-key.ts";

/** What of a key can be changed. */
export type KeyChanges = Partial<Pick<ApiKey, "name" | "scopes" | "expiresAt" | "allowedOrigins" | "allowedCidrs">>;

/** A key as it was read before: what decides whom it lets in. */
export interface SeenKey extends Pick<ApiKey, "id" | "hash" | "scopes"> {
  readonly previousHash: string | null;
}

/** Which keys a list has; the newest come first. */
export interface KeyQuery {
  /** Absent: of every owner. */
  readonly owner?: string;
  /** Also those that were revoked. */
  readonly revoked?: boolean;
  /** Those after this one. */
  readonly after?: { readonly createdAt: Date; readonly id: KeyId };
  readonly limit: number;
}

/** A new secret of a key. */
export interface NewSecret {
  readonly hash: string;
  readonly lastFour: string;
  /** How long the secret before still works. */
  readonly overlapMs: number;
}

/** The repository of API keys. A key works while it is neither revoked nor expired, by the store's time. */
export interface Keys {
  insert(key: ApiKey): Promise<void>;
  /** The key that works with a secret of this hash: its own, or the one before while that works. */
  findByHash(hash: string): Promise<ApiKey | null>;
  /** Those of these keys that work. */
  working(ids: readonly KeyId[]): Promise<readonly ApiKey[]>;
  /** Of these keys those that do not work any more, or not with the same secrets and scopes. Cheap also for thousands. */
  changed(seen: readonly SeenKey[]): Promise<readonly KeyId[]>;
  /** The key, unless it was revoked. */
  get(id: KeyId): Promise<ApiKey | null>;
  list(query: KeyQuery): Promise<readonly ApiKey[]>;
  /** Null when there is no such key, or it was revoked. */
  update(id: KeyId, changes: KeyChanges): Promise<ApiKey | null>;
  /** Replaces the secret; of several that still worked only the newest does so for the overlap. Null as for `update`. */
  rotate(id: KeyId, secret: NewSecret): Promise<ApiKey | null>;
  /** False when there is no such key, or it was revoked before. */
  revoke(id: KeyId): Promise<boolean>;
  /** Notes that the key was used now; writes nothing when that was noted less than `everyMs` ago. */
  noteUse(id: KeyId, everyMs: number): Promise<void>;
  /**
   * The keys with `admin` that work, locked until the transaction ends: of two that would each take the other's rights away,
   * one sees what the other did.
   */
  lockAdmins(): Promise<readonly KeyId[]>;
}
