import { isAppError, type RateCounter, type RateRule } from "@vidferry/core";
import { networkOf } from "./network.ts";
import { CountedError } from "./rate.ts";

/**
 * Makes guessing keys, tickets and signed links slow. Many people may share an address, so that it is never simply locked: a
 * secret that was right within the last hour always passes, and another one is tried, only one after the other once the address
 * has sent too many wrong ones.
 */
export interface GuessLimit {
  /**
   * Tries a secret when it is its turn. A wrong one counts against the address: it throws `unauthorized` as `open` does, and from
   * the limit on `rate_limit_exceeded`.
   */
  attempt<T>(guess: Guess<T>): Promise<T>;
}

/** A secret that may be right. */
export interface Guess<T> {
  /** Tells it from others; null: it can be none, and waits for no turn. */
  readonly hash: string | null;
  /** Is right only once. */
  readonly once?: boolean;
  readonly address: string | null;
  /** What it opens. Throws `unauthorized` when it is wrong. */
  readonly open: () => Promise<T>;
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
    async attempt({ hash, once = false, address, open }) {
      const network = networkOf(address);
      const isKnown = hash !== null && (known.get(hash) ?? 0) > performance.now();
      if (hash !== null && !isKnown) {
        const count = await counter.look(rule, network);
        if (!count.isWithin && !(await turn(network)))
          throw new CountedError("rate_limit_exceeded", tooMany(rule), { rule, count });
      }
      try {
        const opened = await open();
        if (hash !== null && !once) remember(hash);
        return opened;
      } catch (error) {
        if (!isAppError(error) || error.code !== "unauthorized") throw error;
        const rate = { rule, count: await counter.count(rule, network) };
        if (rate.count.isWithin) throw new CountedError("unauthorized", error.message, rate, error.hint);
        throw new CountedError("rate_limit_exceeded", tooMany(rule), rate, "Send a key that works, or wait.");
      }
    },
  };
}

/** Without limits: nothing is counted. */
export const freeGuesses: GuessLimit = { attempt: ({ open }) => open() };

const tooMany = (rule: RateRule): string =>
  `More than ${rule.limit} keys, tickets or links that do not work came from this address within a minute.`;
