import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { RateCount, RateCounter, RateRule } from "../../accounts/rate-counter.ts";

/** Counts uses in this process. */
export function memoryRateCounter(): RateCounter {
  const limiterOf = limiters((rule) => new RateLimiterMemory({ ...pointsOf(rule), keyPrefix: rule.name }));
  return {
    count: (rule, key) => countWith(limiterOf(rule), rule, key),
    look: (rule, key) => lookWith(limiterOf(rule), rule, key),
    close: async () => undefined,
  };
}

/** What both limiters are asked for. */
interface Limiter {
  consume(key: string): Promise<RateLimiterRes>;
  get(key: string): Promise<RateLimiterRes | null>;
}

/** A rule in the library's words. */
export const pointsOf = ({ limit, windowSeconds }: RateRule) => ({ points: limit, duration: windowSeconds });

/** Counts one use. Rejects only when the backend fails. */
export async function countWith(limiter: Limiter, rule: RateRule, key: string): Promise<RateCount> {
  try {
    return countOf(await limiter.consume(key), rule, true);
  } catch (error) {
    // A limiter rejects with its count when the limit is reached.
    if (error instanceof RateLimiterRes) return countOf(error, rule, false);
    throw error;
  }
}

/** What is left. Rejects only when the backend fails. */
export async function lookWith(limiter: Limiter, rule: RateRule, key: string): Promise<RateCount> {
  const found = await limiter.get(key);
  const used = found?.consumedPoints ?? 0;
  if (found === null) return { isWithin: rule.limit > 0, remaining: rule.limit, resetsInMs: 0 };
  return countOf(found, rule, used < rule.limit);
}

const countOf = (found: RateLimiterRes, rule: RateRule, isWithin: boolean): RateCount => ({
  isWithin,
  remaining: Math.min(rule.limit, Math.max(0, found.remainingPoints)),
  resetsInMs: Math.max(0, found.msBeforeNext),
});

const mostLimiters = 1_000;

/** A limiter for each rule; of rules, as many as accounts have different limits. */
export function limiters<L>(make: (rule: RateRule) => L): (rule: RateRule) => L {
  const made = new Map<string, L>();
  return (rule) => {
    const id = `${rule.name} ${rule.limit} ${rule.windowSeconds}`;
    let limiter = made.get(id);
    if (limiter === undefined) {
      const oldest = made.keys().next();
      if (made.size >= mostLimiters && !oldest.done) made.delete(oldest.value);
      limiter = make(rule);
      made.set(id, limiter);
    }
    return limiter;
  };
}
