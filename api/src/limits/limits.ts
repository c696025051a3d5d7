import type { Clock, RateCounter, RateRule } from "@vidferry/core";
import { createLookup } from "../auth/lookup.ts";
import { createGuessLimit, type GuessLimit } from "./guess-limit.ts";
import { networkOf } from "./network.ts";
import { CountedError, type Rate } from "./rate.ts";

/** How much each may ask in a minute; null: as much as they like. */
export interface LimitOptions {
  /** Of an owner whose account names no other number. */
  readonly requestsPerMinute: number | null;
  /** Of an address, without a key. */
  readonly anonymousPerMinute: number | null;
  /** Wrong keys of an address, before it is slowed down. */
  readonly wrongKeysPerMinute: number | null;
}

/** What limits are held with. */
export interface LimitDeps {
  readonly counter: RateCounter;
  readonly clock: Pick<Clock, "now">;
  /** Requests a minute that the account of an owner names; null: none. */
  readonly limitOf: (owner: string) => Promise<number | null>;
}

/** Counts requests, and refuses those that are too many with `rate_limit_exceeded`. Null: nobody is limited. */
export interface RequestLimits {
  /** Counts a request of an owner, whatever key it came with. */
  owner(owner: string): Promise<Rate | null>;
  /** Counts a request without a key. */
  anonymous(address: string | null): Promise<Rate | null>;
  /** Slows down clients that guess keys. */
  readonly guesses: GuessLimit | null;
}

const minute = (name: string, limit: number | null): RateRule | null =>
  limit === null ? null : { name, limit, windowSeconds: 60 };

/** Limits of requests a minute. */
export function createLimits(options: LimitOptions, { counter, clock, limitOf }: LimitDeps): RequestLimits {
  const ruleOf = createLookup(clock, async (owner: string) => ({
    rule: minute("requests", await limitOfAccount(owner)),
  }));
  const anonymous = minute("anonymous", options.anonymousPerMinute);
  const wrongKeys = minute("wrong-keys", options.wrongKeysPerMinute);

  async function limitOfAccount(owner: string): Promise<number | null> {
    return (await limitOf(owner)) ?? options.requestsPerMinute;
  }

  async function count(rule: RateRule | null, key: string, who: string): Promise<Rate | null> {
    if (rule === null) return null;
    const rate = { rule, count: await counter.count(rule, key) };
    if (rate.count.isWithin) return rate;
    throw new CountedError("rate_limit_exceeded", `${who} may send ${rule.limit} requests a minute.`, rate);
  }

  return {
    owner: async (owner) => count((await ruleOf(owner))?.rule ?? null, owner, "This key's owner"),
    anonymous: (address) => count(anonymous, networkOf(address), "An address without a key"),
    guesses: wrongKeys === null ? null : createGuessLimit(counter, wrongKeys),
  };
}

/** The count that an error reports. */
export const rateOf = (error: unknown): Rate | null => (error instanceof CountedError ? error.rate : null);
