import type { Clock } from "@vidferry/core";

/** How long what was found is kept, and therefore the longest that something revoked still works. */
const keptMs = 500;
const most = 10_000;

/**
 * A function that looks something up and keeps what it found for a short time; concurrent calls for the same wait for one query.
 * What is not there is not kept, so that guessing does not fill memory.
 */
export function createLookup<K, V>(
  clock: Pick<Clock, "now">,
  find: (key: K) => Promise<V | null>,
): (key: K) => Promise<V | null> {
  const known = new Map<K, { readonly value: V; readonly until: number }>();
  const asked = new Map<K, Promise<V | null>>();

  const ask = async (key: K): Promise<V | null> => {
    // From before the query: what is revoked during it may be in its answer.
    const until = clock.now().getTime() + keptMs;
    const value = await find(key);
    if (value === null) return null;
    const now = clock.now().getTime();
    // The oldest come first.
    for (const [other, entry] of known) {
      if (entry.until > now && known.size < most) break;
      known.delete(other);
    }
    known.set(key, { value, until });
    return value;
  };

  return async (key) => {
    const hit = known.get(key);
    if (hit !== undefined && hit.until > clock.now().getTime()) return hit.value;
    known.delete(key);
    let asking = asked.get(key);
    if (asking === undefined) {
      asking = ask(key).finally(() => asked.delete(key));
      asked.set(key, asking);
    }
    return await asking;
  };
}
