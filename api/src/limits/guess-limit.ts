import { AppError, type RateCounter, type RateRule } from "@vidferry/core";
import { networkOf } from "./network.ts";
import { CountedError } from "./rate.ts";

/**
 * Makes guessing keys slow. Many people may share an address, so that it is never simply locked: a secret that was right within
 * the last hour always passes, and another one is looked up, only one after the other once the address has sent too many wrong
 * ones.
 */
export interface GuessLimit {
  /**
   * Looks up what a secret opens, when it is its turn. What is not there counts against the address: it throws `unauthorized`
   * with `refusal`, and from the limit on `rate_limit_exceeded`.
   * @param hash of the secret; null: it can be none, and is not looked up
   */
  lookUp<T>(guess: Guess<T>): Promise<T>;
}

/** A secret that may be right. */
export interface Guess<T> {
  readonly hash: string | null;
  readonly address: string | null;
  readonly refusal: string;
  /** Null: there is no such secret. */
  readonly find: (hash: string) => Promise<T | null>;
}

const knownForMs = 3_600_000;
const mostKnown = 10_000;
/** Between two looks for one address that is over the limit. */
const apartMs = 100;
/** Of one address. */
const mostWaiting = 20;

export function createGuessLimit(counter: RateCounter, rule: RateRule): GuessLimit {
  /** Hashes that were right, and until when that counts; the one that was right longest ago first. */
  const known = new Map<string, number>();
  const turns = new Map<string, { waiting: number; last: Promise<void> }>();

  function remember(hash: string): void {
    known.delete(hash);
    known.set(hash, performance.now() + knownForMs);
    const oldest = known.keys().next();
    if (known.size > mostKnown && !oldest.done) known.delete(oldest.value);
  }

  async function turn(network: string): Promise<boolean> {
    const line = turns.get(network) ?? { waiting: 0, last: Promise.resolve() };
    if (line.waiting >= mostWaiting) return false;
    line.waiting += 1;
    turns.set(network, line);
    line.last = line.last.then(() => new Promise((resolve) => setTimeout(resolve, apartMs)));
    await line.last;
    line.waiting -= 1;
    if (line.waiting === 0) turns.delete(network);
    return true;
  }

  return {
    async lookUp({ hash, address, refusal, find }) {
      const network = networkOf(address);
      const isKnown = hash !== null && (known.get(hash) ?? 0) > performance.now();
      if (hash !== null && !isKnown) {
        const count = await counter.look(rule, network);
        if (!count.isWithin && !(await turn(network)))
          throw new CountedError("rate_limit_exceeded", tooMany(rule), { rule, count });
      }
      const found = hash === null ? null : await find(hash);
      if (found !== null && hash !== null) {
        remember(hash);
        return found;
      }
      const rate = { rule, count: await counter.count(rule, network) };
      if (rate.count.isWithin) throw new CountedError("unauthorized", refusal, rate);
      throw new CountedError("rate_limit_exceeded", tooMany(rule), rate, "Send a key that works, or wait.");
    },
  };
}

/** Without limits: what is not there is refused, and nothing is counted. */
export const freeGuesses: GuessLimit = {
  async lookUp({ hash, refusal, find }) {
    const found = hash === null ? null : await find(hash);
    if (found === null) throw new AppError("unauthorized", refusal);
    return found;
  },
};

const tooMany = (rule: RateRule): string =>
  `More than ${rule.limit} keys that do not work came from this address within a minute.`;
