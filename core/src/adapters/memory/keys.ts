import type { ApiKey } from "../../accounts/api-key.ts";
import type { Keys, SeenKey } from "../../accounts/keys.ts";
import { AppError } from "../../errors/app-error.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import type { KeyId } from "../../runtime/ids.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The API keys in memory. */
export function createMemoryKeys({ keys }: MemoryState, decide: Decide): Keys {
  const works = (key: ApiKey, now: Date): boolean =>
    key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);
  const seenAt = (now: Date, key: ApiKey): ApiKey =>
    key.previous !== null && key.previous.until <= now ? { ...key, previous: null } : key;
  const change = (id: KeyId, changes: (key: ApiKey, now: Date) => Partial<ApiKey>): Promise<ApiKey | null> =>
    decide((now) => {
      const key = keys.get(id);
      if (!key || key.revokedAt !== null) return null;
      const changed = { ...key, ...changes(key, now) };
      keys.set(id, changed);
      return seenAt(now, changed);
    });

  return {
    insert: (key) =>
      decide(() => {
        const taken = keys.values().some((other) => other.id === key.id || other.hash === key.hash);
        if (taken) throw new AppError("internal_error", "The API key exists already.");
        keys.set(key.id, { ...key, name: storableText(key.name), owner: storableText(key.owner) });
      }),
    findByHash: (hash) =>
      decide((now) => {
        const all = keys.values().map((key) => seenAt(now, key));
        return all.find((key) => works(key, now) && (key.hash === hash || key.previous?.hash === hash)) ?? null;
      }),
    working: (ids) =>
      decide((now) => {
        const all = keys.values().filter((key) => ids.includes(key.id) && works(key, now));
        return all.map((key) => seenAt(now, key));
      }),
    changed: (seen) =>
      decide((now) => {
        const isSame = ({ id, hash, previousHash, scopes }: SeenKey): boolean => {
          const stored = keys.get(id);
          if (stored === undefined || !works(stored, now)) return false;
          const key = seenAt(now, stored);
          const hasSecrets = key.hash === hash && (key.previous?.hash ?? null) === previousHash;
          return hasSecrets && JSON.stringify(key.scopes) === JSON.stringify(scopes);
        };
        return seen.filter((key) => !isSame(key)).map(({ id }) => id);
      }),
    get: (id) =>
      decide((now) => {
        const key = keys.get(id);
        return key && key.revokedAt === null ? seenAt(now, key) : null;
      }),
    list: ({ owner, revoked = false, after, limit }) =>
      decide((now) =>
        keys
          .values()
          .filter((key) => (owner === undefined || key.owner === owner) && (revoked || key.revokedAt === null))
          .filter((key) => after === undefined || newestFirst(after, key) < 0)
          .sort(newestFirst)
          .slice(0, limit)
          .map((key) => seenAt(now, key)),
      ),
    update: (id, changes) =>
      change(id, () => ({
        ...changes,
        ...(changes.name === undefined ? {} : { name: storableText(changes.name) }),
      })),
    rotate: (id, { hash, lastFour, overlapMs }) =>
      change(id, (key, now) => ({
        hash,
        lastFour,
        previous: overlapMs > 0 ? { hash: key.hash, until: later(now, overlapMs) } : null,
      })),
    revoke: async (id) => (await change(id, (_, now) => ({ revokedAt: now }))) !== null,
    noteUse: (id, everyMs) =>
      decide((now) => {
        const key = keys.get(id);
        if (!key || (key.lastUsedAt !== null && key.lastUsedAt >= later(now, -everyMs))) return;
        keys.set(id, { ...key, lastUsedAt: now });
      }),
    lockAdmins: () =>
      decide((now) =>
        keys
          .values()
          .filter((key) => works(key, now) && key.scopes.includes("admin"))
          .map(({ id }) => id)
          .sort(),
      ),
  };
}

const newestFirst = (a: Pick<ApiKey, "createdAt" | "id">, b: Pick<ApiKey, "createdAt" | "id">): number =>
  Number(b.createdAt) - Number(a.createdAt) || (b.id < a.id ? -1 : Number(a.id !== b.id));
