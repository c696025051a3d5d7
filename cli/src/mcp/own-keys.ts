import { type Clock, type Database, endKey, type IdGenerator, type KeyId, makeKey } from "@vidferry/core";
import { operator } from "../operator.ts";

/** The keys with which a process uses its own service, one after the other. */
export interface OwnKeys {
  /** The secret of one that holds for hours yet. */
  secret(): Promise<string>;
  /** Ends the last one. */
  end(): Promise<void>;
}

/** Whose jobs they are, in whichever process: what was downloaded before is found again. */
const owner = "mcp";

/** A process that is killed ends no key; by then nobody knows its secret, and after this time it is none any more. */
const lifetimeMs = 86_400_000;

/**
 * Makes keys that end by themselves, and a new one where the last has lived through half of its time; streams that the one before
 * it has opened go on until it ends.
 */
export function createOwnKeys(
  withDatabase: <T>(work: (database: Database) => Promise<T>) => Promise<T>,
  { ids, clock }: { readonly ids: IdGenerator; readonly clock: Clock },
): OwnKeys {
  let current: { readonly id: KeyId; readonly secret: string; readonly goodUntil: number } | null = null;
  let making: Promise<string> | null = null;

  const make = async (): Promise<string> => {
    const now = clock.now().getTime();
    const { key, secret } = await withDatabase((database) =>
      makeKey(
        { database, ids, clock },
        {
          ...{ name: "vidferry mcp", owner, expiresAt: new Date(now + lifetimeMs) },
          scopes: ["downloads:read", "downloads:write", "files:read"],
        },
        operator,
      ),
    );
    current = { id: key.id, secret, goodUntil: now + lifetimeMs / 2 };
    return secret;
  };

  return {
    secret: async () => {
      if (current !== null && clock.now().getTime() < current.goodUntil) return current.secret;
      making ??= make().finally(() => {
        making = null;
      });
      return await making;
    },
    end: async () => {
      await making?.catch(() => undefined);
      const last = current;
      current = null;
      if (last !== null) await withDatabase((database) => database.transaction((tx) => endKey(tx, last.id, operator)));
    },
  };
}
