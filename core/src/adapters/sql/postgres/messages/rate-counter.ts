import { sql } from "drizzle-orm";
import { RateLimiterMemory } from "rate-limiter-flexible";
import type { RateCounter, RateRule } from "../../../../accounts/rate-counter.ts";
import type { Clock } from "../../../../runtime/clock.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { countWith, limiters, lookWith, pointsOf } from "../../../memory/rate-counter.ts";
import { type MessageConnections, notWaitingForDisk } from "./connections.ts";

/** How {@link postgresRateCounter} shares its counts. */
export interface PostgresRateCounterOptions {
  readonly clock: Clock;
  /** How often counts are exchanged while there is something to tell. Default: 1,000 ms. */
  readonly exchangeMs?: number;
  readonly logger?: Logger;
}

/** What this process has counted of a key in its window. */
interface Counted {
  readonly rule: RateRule;
  readonly key: string;
  /** Not told yet. */
  own: number;
  /** The sum of all processes, as far as it is in the limiter here. */
  known: number;
  /** End of the window, in milliseconds of this process. */
  until: number;
}

const mostAtOnce = 1_000;
/** The counts of a window that ended this long ago are deleted, in milliseconds. */
const oldMs = 60_000;

/**
 * Counts uses in the process, and adds once a second what others have counted: one statement a second for a process with
 * requests, however many there are. So a limit may be exceeded by what comes at other processes within that second. While the
 * database is away each process counts for itself.
 */
export function postgresRateCounter(connections: MessageConnections, options: PostgresRateCounterOptions): RateCounter {
  const { clock, exchangeMs = 1_000, logger } = options;
  const table = connections.named("rate_counts");
  const limiterOf = limiters((rule) => new RateLimiterMemory({ ...pointsOf(rule), keyPrefix: rule.name }));
  const counted = new Map<string, Counted>();
  const closing = new AbortController();
  let exchanging: Promise<void> | null = null;
  let isAlone = false;

  const note = (rule: RateRule, key: string, resetsInMs: number): void => {
    const name = `${rule.name} ${key}`;
    const now = clock.now().getTime();
    const before = counted.get(name);
    const isNew = before === undefined || before.until <= now;
    const entry: Counted = isNew ? { rule, key, own: 0, known: 0, until: now + resetsInMs } : before;
    entry.own += 1;
    counted.set(name, entry);
    exchanging ??= exchangeLater();
  };

  const exchange = async (): Promise<void> => {
    const now = clock.now().getTime();
    for (const [name, { until }] of counted) if (until <= now) counted.delete(name);
    const told = [...counted.values()].filter(({ own }) => own > 0).slice(0, mostAtOnce);
    if (told.length === 0) return;
    const list = told.map(({ rule, key, own, until }, place) => ({
      name: rule.name,
      key,
      own,
      ms: until - now,
      place,
    }));
    for (const entry of told) entry.own = 0;
    const rows = await connections.pool
      .run((db) =>
        db.execute<{ name: string; key: string; n: string }>(sql`
          with own as (
            select name, key, own, statement_timestamp() + ms * interval '1 millisecond' as until
            from jsonb_to_recordset(${JSON.stringify(list)}::jsonb) as item (name text, key text, own integer, ms integer)
            order by name, key
          ), gone as (
            delete from ${table} where (name, key) in (
              select name, key from ${table} where until < statement_timestamp() - ${oldMs} * interval '1 millisecond'
                and (name, key) not in (select name, key from own) limit ${mostAtOnce} for update skip locked
            )
          ), written as (
            insert into ${table} as old (name, key, n, until) select name, key, own, until from own
            on conflict (name, key) do update set
              n = excluded.n + case when old.until > statement_timestamp() then old.n else 0 end,
              until = case when old.until > statement_timestamp() then old.until else excluded.until end
            returning name, key, n
          ) select ${notWaitingForDisk}, name, key, n from written`),
      )
      .catch((error: unknown) => {
        // Told again with what comes next.
        for (const [i, entry] of told.entries()) entry.own += list[i]?.own ?? 0;
        throw error;
      });
    const sums = new Map(rows.map(({ name, key, n }) => [`${name} ${key}`, Number(n)]));
    for (const [i, entry] of told.entries()) {
      const sum = sums.get(`${entry.rule.name} ${entry.key}`) ?? 0;
      const others = sum - entry.known - (list[i]?.own ?? 0);
      if (others > 0) await limiterOf(entry.rule).penalty(entry.key, others);
      entry.known = Math.max(sum, entry.known + (list[i]?.own ?? 0));
    }
  };

  const exchangeLater = async (): Promise<void> => {
    await clock.sleep(exchangeMs, closing.signal).catch(() => undefined);
    exchanging = null;
    if (closing.signal.aborted) return;
    try {
      await exchange();
      if (isAlone) logger?.info("requests are counted together again");
      isAlone = false;
    } catch (error) {
      if (!isAlone)
        logger?.warn("the database is away: each process counts requests for itself", { error: String(error) });
      isAlone = true;
    }
  };

  return {
    count: async (rule, key) => {
      const count = await countWith(limiterOf(rule), rule, key);
      note(rule, key, count.resetsInMs);
      return count;
    },
    look: (rule, key) => lookWith(limiterOf(rule), rule, key),
    close: async () => {
      closing.abort();
      await exchanging;
    },
  };
}
