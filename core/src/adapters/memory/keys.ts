import type { Keys } from "../../accounts/keys.ts";
import { AppError } from "../../errors/app-error.ts";
import type { Decide, MemoryState } from "./state.ts";

/** The API keys in memory. */
export function createMemoryKeys({ keys }: MemoryState, decide: Decide): Keys {
  return {
    insert: (key) =>
      decide(() => {
        const taken = keys.values().some((other) => other.id === key.id || other.hash === key.hash);
        if (taken) throw new AppError("internal_error", "The API key exists already.");
        keys.set(key.id, { ...key, scopes: [...key.scopes] });
      }),
    findByHash: (hash) =>
      decide(() => keys.values().find((key) => key.hash === hash && key.revokedAt === null) ?? null),
    list: () =>
      decide(() => keys.values().sort((a, b) => Number(b.createdAt) - Number(a.createdAt) || (b.id < a.id ? -1 : 1))),
    revoke: (id) =>
      decide((now) => {
        const key = keys.get(id);
        if (!key || key.revokedAt !== null) return false;
        keys.set(id, { ...key, revokedAt: now });
        return true;
      }),
  };
}
