import type { Database } from "../database/database.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Chore } from "./agenda.ts";

/** What there is to do, for all that look for work in a process: they share the answers. */
export interface SharedAgenda {
  /**
   * Whether there may be work of this kind. True also when the store cannot be asked: who then looks for the work itself knows
   * best what to say about it.
   * @param maxAgeMs an answer that is older does not count
   */
  has(chore: Chore, maxAgeMs: number): Promise<boolean>;
}

/** Makes the {@link SharedAgenda} of a process. */
export function createSharedAgenda(
  deps: { readonly database: Pick<Database, "agenda">; readonly clock: Pick<Clock, "now"> },
  offerAfterMs: number,
): SharedAgenda {
  let known: { readonly at: number; readonly due: ReadonlySet<Chore> | null } | null = null;
  let asking: Promise<ReadonlySet<Chore> | null> | null = null;
  const now = (): number => deps.clock.now().getTime();

  const ask = (): Promise<ReadonlySet<Chore> | null> => {
    const at = now();
    asking ??= deps.database.agenda
      .due(offerAfterMs)
      .catch(() => null)
      .then((due) => {
        known = { at, due };
        return due;
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  };

  return {
    has: async (chore, maxAgeMs) => {
      const ageMs = known === null ? Number.POSITIVE_INFINITY : now() - known.at;
      // Below 0: the clock was set back.
      const due = known !== null && ageMs >= 0 && ageMs <= maxAgeMs ? known.due : await ask();
      return due?.has(chore) ?? true;
    },
  };
}
