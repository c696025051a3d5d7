import type { ApiKey, KeyStore } from "../../accounts/key-store.ts";
import { AppError } from "../../errors/app-error.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { KeyId } from "../../runtime/ids.ts";

/** Keeps API keys in this process. */
export function createMemoryKeyStore(clock: Clock): KeyStore {
  const keys = new Map<KeyId, ApiKey>();
  return {
    insert: async (key) => {
      const taken = [...keys.values()].some((other) => other.id === key.id || other.hash === key.hash);
      if (taken) throw new AppError("internal_error", "The API key exists already.");
      keys.set(key.id, { ...key, scopes: [...key.scopes] });
    },
    findByHash: async (hash) => [...keys.values()].find((key) => key.hash === hash && key.revokedAt === null) ?? null,
    listKeys: async () =>
      [...keys.values()].sort((a, b) => Number(b.createdAt) - Number(a.createdAt) || (b.id < a.id ? -1 : 1)),
    revoke: async (id) => {
      const key = keys.get(id);
      if (!key || key.revokedAt !== null) return false;
      keys.set(id, { ...key, revokedAt: clock.now() });
      return true;
    },
  };
}
