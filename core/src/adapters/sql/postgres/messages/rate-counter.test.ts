import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createRecordingLogger, eventually } from "@vidferry/testing";
import { missingService } from "@vidferry/testing/services";
import type { RateCounter, RateRule } from "../../../../accounts/rate-counter.ts";
import { systemClock } from "../../../system/clock.ts";
import { type StoreDatabase, storeDatabase } from "../fixtures/test-database.ts";
import { openMessageConnections } from "./connections.ts";
import { postgresRateCounter } from "./rate-counter.ts";

const rule: RateRule = { name: "requests", limit: 10, windowSeconds: 60 };
const roomy: RateRule = { ...rule, limit: 1_000 };

describe.skipIf(missingService("postgres") !== undefined)("requests counted over postgres", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const open = (url = database.url) => {
    const connections = openMessageConnections({ url, connectTimeoutMs: 1_000 });
    const logger = createRecordingLogger();
    const counter = postgresRateCounter(connections, { clock: systemClock, exchangeMs: 20, logger });
    return {
      counter,
      logger,
      [Symbol.asyncDispose]: async () => {
        await counter.close();
        await connections.close();
      },
    };
  };
  const count = async (counter: RateCounter, key: string, times: number, of = rule) => {
    for (let i = 0; i < times; i += 1) await counter.count(of, key);
  };

  test("processes learn what the others have counted, each use once", async () => {
    await using one = open();
    await using two = open();
    await count(one.counter, "ada", 4, roomy);
    await count(two.counter, "bob", 1, roomy);
    let used = 4;
    // Who counts is told what others have counted.
    await eventually(async () => {
      await count(two.counter, "ada", 1, roomy);
      used += 1;
      return (await two.counter.look(roomy, "ada")).remaining === 1_000 - used;
    });
    await eventually(async () => {
      await count(one.counter, "ada", 1, roomy);
      used += 1;
      return (await one.counter.look(roomy, "ada")).remaining === 1_000 - used;
    });
    expect((await two.counter.look(roomy, "bob")).remaining).toBe(999);
    await eventually(async () => {
      const [row] = await database.client<{ n: number }[]>`select n from rate_counts where key = 'ada'`;
      return Number(row?.n) === used;
    });
  });

  test("nobody starts anew at another process when the limit was reached at the first", async () => {
    await using one = open();
    await using two = open();
    await count(one.counter, "eve", 10);
    expect((await one.counter.count(rule, "eve")).isWithin).toBe(false);
    await eventually(async () => !(await two.counter.count(rule, "eve")).isWithin);
  });

  test("a window that has ended counts for nothing, and its row goes", async () => {
    await using one = open();
    await count(one.counter, "old", 5);
    await eventually(async () => (await database.client`select 1 from rate_counts where key = 'old'`).length === 1);
    await database.client`update rate_counts set until = now() - interval '1 second' where key = 'old'`;
    await using two = open();
    await count(two.counter, "old", 1);
    await eventually(async () => {
      const [row] = await database.client<{ n: number }[]>`select n from rate_counts where key = 'old'`;
      return Number(row?.n) === 1;
    });
    expect((await two.counter.look(rule, "old")).remaining).toBe(9);
    // One that comes back after an hour begins anew, while the others are deleted.
    await database.client`update rate_counts set until = now() - interval '1 hour'`;
    await using three = open();
    await eventually(async () => {
      await count(three.counter, "old", 1, roomy);
      return (await database.client`select 1 from rate_counts where key <> 'old'`).length === 0;
    });
    expect(three.logger.lines).toEqual([]);
  });

  test("counts on while the database is away, says so once, and nothing is lost", async () => {
    await using alone = open("postgres://vidferry@127.0.0.1:1/none");
    await count(alone.counter, "ada", 10);
    expect((await alone.counter.count(rule, "ada")).isWithin).toBe(false);
    const warnings = () => alone.logger.lines.filter(({ message }) => message.includes("counts requests for itself"));
    await eventually(() => warnings().length > 0);
    await count(alone.counter, "ada", 3);
    expect(warnings()).toHaveLength(1);
  });
});
