import { type ApiKey, canonicalScopes, type KeyId, type Keys, type Logger } from "@vidferry/core";
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

/** How often the keys are looked up; with the query and what follows it, within the second that is promised. */
const everyMs = 500;
/** Keys a query. */
const atOnce = 500;

/**
 * Looks up the keys of all that is open, and only while something is: no message has to reach this process, so none can be
 * lost. While the store cannot be reached everything stays open.
 */
export function createKeyWatch(deps: {
  readonly keys: Pick<Keys, "working">;
  readonly logger: Pick<Logger, "warn">;
  readonly everyMs?: number;
}): KeyWatch {
  const { keys, logger } = deps;
  const open = new Map<KeyId, Set<Watched>>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  const remove = (keyId: KeyId, watched: Watched): void => {
    const all = open.get(keyId);
    all?.delete(watched);
    if (all?.size === 0) open.delete(keyId);
    if (open.size > 0 || timer === null) return;
    clearTimeout(timer);
    timer = null;
  };

  const look = async (): Promise<void> => {
    const ids = [...open.keys()];
    for (let start = 0; start < ids.length; start += atOnce) {
      const asked = ids.slice(start, start + atOnce);
      const working = new Map((await keys.working(asked)).map((key) => [key.id, key]));
      for (const id of asked) {
        const key = working.get(id);
        for (const watched of [...(open.get(id) ?? [])]) {
          if (key !== undefined && letsIn(key, watched.principal)) continue;
          remove(id, watched);
          watched.onEnd();
        }
      }
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
      if (others === undefined) open.set(keyId, new Set([watched]));
      else others.add(watched);
      if (timer === null) schedule();
      return () => remove(keyId, watched);
    },
  };
}

/** Whether a key that works still lets in whom it let in: with the same secret, and for no less. */
function letsIn(key: ApiKey, { secretHash, scopes }: Principal): boolean {
  const hasSecret = secretHash === null || secretHash === key.hash || secretHash === key.previous?.hash;
  const allowed = canonicalScopes(key.scopes);
  return hasSecret && (allowed.includes("admin") || scopes.every((scope) => allowed.includes(scope)));
}
