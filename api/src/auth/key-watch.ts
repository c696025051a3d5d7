import { type ApiKey, canonicalScopes, type KeyId, type Keys, type Logger, type SeenKey } from "@vidferry/core";
import type { Principal } from "./auth.ts";

/** Ends what is open when the key that opened it ends. */
export interface KeyWatch {
  /** Calls back once when the key does not let the principal in as it did any more. Returns what ends the watch. */
  watch(principal: Principal, onEnd: () => void): () => void;
}

interface Watched {
  readonly principal: Principal;
  readonly onEnd: () => void;
}

/** What one key has opened. */
interface Opened {
  readonly watched: Set<Watched>;
  /** The key as it was when it let in all of them; null: not looked up since the last was opened. */
  seen: SeenKey | null;
}

/** How often the keys are looked up; with the query and what follows it, within the second that is promised. */
const everyMs = 500;
/** Keys a query. */
const atOnce = 500;

/**
 * Asks the store about the keys of all that is open, and only while something is: no message has to reach this process, so none
 * can be lost. The store compares and names those that changed; only these, and new ones, are read. While it cannot be reached
 * everything stays open.
 */
export function createKeyWatch(deps: {
  readonly keys: Pick<Keys, "working" | "changed">;
  readonly logger: Pick<Logger, "warn">;
  readonly everyMs?: number;
}): KeyWatch {
  const { keys, logger } = deps;
  const open = new Map<KeyId, Opened>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  const remove = (keyId: KeyId, watched: Watched): void => {
    const all = open.get(keyId)?.watched;
    all?.delete(watched);
    if (all?.size === 0) open.delete(keyId);
    if (open.size > 0 || timer === null) return;
    clearTimeout(timer);
    timer = null;
  };

  /** Reads keys, and ends what they do not let in any more. */
  const read = async (ids: readonly KeyId[]): Promise<void> => {
    const working = new Map((await keys.working(ids)).map((key) => [key.id, key]));
    for (const id of ids) {
      const key = working.get(id);
      const opened = open.get(id);
      for (const watched of [...(opened?.watched ?? [])]) {
        if (key !== undefined && letsIn(key, watched.principal)) continue;
        remove(id, watched);
        watched.onEnd();
      }
      if (key !== undefined && opened !== undefined) opened.seen = seenOf(key);
    }
  };

  const look = async (): Promise<void> => {
    const ids = [...open.keys()];
    for (let start = 0; start < ids.length; start += atOnce) {
      const asked = ids.slice(start, start + atOnce);
      const seen = asked.flatMap((id) => open.get(id)?.seen ?? []);
      const changed = new Set(await keys.changed(seen));
      const unsure = asked.filter((id) => changed.has(id) || open.get(id)?.seen === null);
      if (unsure.length > 0) await read(unsure);
    }
  };

  const schedule = (): void => {
    const next = setTimeout(() => {
      look()
        .catch((error: unknown) => logger.warn("the keys of open streams could not be looked up", { error }))
        .finally(() => {
          if (timer !== next) return;
          timer = null;
          if (open.size > 0) schedule();
        });
    }, deps.everyMs ?? everyMs);
    next.unref();
    timer = next;
  };

  return {
    watch: (principal, onEnd) => {
      const { keyId } = principal;
      if (keyId === null) return () => undefined;
      const watched = { principal, onEnd };
      const others = open.get(keyId);
      if (others === undefined) {
        open.set(keyId, { watched: new Set([watched]), seen: null });
      } else {
        others.watched.add(watched);
        // It may have been let in by what was known of the key before it changed.
        others.seen = null;
      }
      if (timer === null) schedule();
      return () => remove(keyId, watched);
    },
  };
}

const seenOf = ({ id, hash, previous, scopes }: ApiKey): SeenKey => ({
  ...{ id, hash, scopes },
  previousHash: previous?.hash ?? null,
});

/** Whether a key that works still lets in whom it let in: with the same secret, and for no less. */
function letsIn(key: ApiKey, { secretHash, scopes }: Principal): boolean {
  const hasSecret = secretHash === null || secretHash === key.hash || secretHash === key.previous?.hash;
  const allowed = canonicalScopes(key.scopes);
  return hasSecret && (allowed.includes("admin") || scopes.every((scope) => allowed.includes(scope)));
}
