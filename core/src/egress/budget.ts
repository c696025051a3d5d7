import type { EgressCondition } from "./condition.ts";
import type { EgressSettings } from "./egress.ts";

type Limits = Pick<EgressSettings, "resolvesPerHour" | "spacingSeconds">;

const minuteMs = 60_000;
/** So many minutes before the current one count with it: every hour, whenever it begins, lies within them. */
const windowMinutes = 60;

const minuteOf = (ms: number): number => Math.floor(ms / minuteMs);

/** The uses that count at a time, those that a clock which was set back has left in the future as of now. */
function counted({ uses }: Pick<EgressCondition, "uses">, at: number, now: number): [minute: number, count: number][] {
  const merged = new Map<number, number>();
  // A use may be reserved for a time that is a little ahead.
  const latest = Math.max(minuteOf(at), minuteOf(now)) + 1;
  for (const [minute, count] of uses) {
    const counts = minute > latest ? minuteOf(now) : minute;
    if (counts >= minuteOf(at) - windowMinutes) merged.set(counts, (merged.get(counts) ?? 0) + count);
  }
  return [...merged].sort(([one], [other]) => one - other);
}

/** How often it was used in the last hour. */
export function usedThisHour(condition: Pick<EgressCondition, "uses">, now: number): number {
  return counted(condition, now, now).reduce((sum, [, count]) => sum + count, 0);
}

/** The earliest time at which its budget and its spacing allow another use. */
export function nextUse(limits: Limits, condition: EgressCondition, now: number): number {
  const { resolvesPerHour, spacingSeconds } = limits;
  // A clock that was set back must not stop an egress for longer than its spacing could have.
  const longest = now + 2 * spacingSeconds * 1000 + waitHorizonMs;
  const spaced = Math.max(now, Math.min(condition.nextAt, longest));
  if (resolvesPerHour === null) return spaced;
  const window = counted(condition, spaced, now);
  let used = window.reduce((sum, [, count]) => sum + count, 0);
  let at = spaced;
  for (const [minute, count] of window) {
    if (used < resolvesPerHour) break;
    used -= count;
    at = Math.max(at, (minute + windowMinutes + 1) * minuteMs);
  }
  return at;
}

/** Uses are reserved so far ahead at most; who comes later is told when to come again. */
export const waitHorizonMs = 10_000;

/**
 * The condition after a use at a time.
 * @param random 0 to 1
 */
export function used(
  { spacingSeconds }: Limits,
  condition: EgressCondition,
  { at, now, random }: { readonly at: number; readonly now: number; readonly random: number },
): EgressCondition {
  const uses = new Map(counted(condition, at, now));
  uses.set(minuteOf(at), (uses.get(minuteOf(at)) ?? 0) + 1);
  const nextAt = spacingSeconds === 0 ? 0 : Math.round(at + spacingSeconds * 1000 * (1 + random));
  return { ...condition, uses: [...uses], nextAt, usedAt: at };
}
