import { describe, expect, test } from "bun:test";
import { createHeldClock, createServiceFixture, eventually } from "@vidferry/testing";
import { createSilentLogger } from "../adapters/system/index.ts";
import { createServiceStateReader } from "./service-state.ts";

/** A database whose answers are counted, and wait for `release` when it is held. */
async function createBench() {
  const clock = createHeldClock();
  const fixture = await createServiceFixture({}, { clock });
  const { jobs, queueStates, blobs } = fixture.deps.database;
  let asked = 0;
  let answer = async (): Promise<void> => undefined;
  const counting: Pick<typeof jobs, "count"> = {
    count: async (query) => {
      asked += 1;
      await answer();
      return await jobs.count(query);
    },
  };
  const database = { jobs: { ...jobs, ...counting }, queueStates, blobs };
  return {
    ...fixture,
    clock,
    reader: createServiceStateReader({ database, clock, logger: createSilentLogger() }),
    asked: () => asked,
    answerBy: (next: () => Promise<void>) => {
      answer = next;
    },
  };
}

describe("the numbers that only the database knows", () => {
  test("are those of the whole service", async () => {
    await using bench = await createBench();
    await bench.submit();
    expect(await bench.reader.read()).toMatchObject({
      ageSeconds: 0,
      state: { jobs: { queued: 1, running: 0 }, queue: { lanes: { normal: { depth: 1 } } }, storedBytes: 0 },
    });
  });

  test("are read now and then, however many ask", async () => {
    await using bench = await createBench();
    await Promise.all(Array.from({ length: 50 }, () => bench.reader.read()));
    for (let scrape = 0; scrape < 50; scrape += 1) await bench.reader.read();
    expect(bench.asked()).toBe(1);
    bench.clock.advance(10_000);
    await Promise.all([bench.reader.read(), bench.reader.read()]);
    expect(bench.asked()).toBe(2);
  });

  test("take one part in fifty of the database's time, where reading takes long", async () => {
    await using bench = await createBench();
    bench.answerBy(async () => void bench.clock.advance(1_000));
    await bench.reader.read();
    bench.clock.advance(40_000);
    await bench.reader.read();
    expect(bench.asked()).toBe(1);
    bench.clock.advance(20_000);
    await bench.reader.read();
    expect(bench.asked()).toBe(2);
  });

  test("are not waited for when the database hangs: the last ones are shown with their age, and after a while none", async () => {
    await using bench = await createBench();
    await bench.reader.read();
    bench.answerBy(() => new Promise(() => undefined));
    bench.clock.advance(60_000);
    const late = bench.reader.read();
    await eventually(() => bench.asked() === 2);
    bench.clock.advance(2_000);
    expect(await late).toMatchObject({ ageSeconds: 62 });
    bench.clock.advance(300_000);
    const none = bench.reader.read();
    bench.clock.advance(2_000);
    expect(await none).toBeNull();
    expect(bench.asked()).toBe(2);
  });

  test("are those of before when the database refuses", async () => {
    await using bench = await createBench();
    await bench.reader.read();
    bench.answerBy(() => Promise.reject(new Error("no")));
    bench.clock.advance(10_000);
    expect(await bench.reader.read()).toMatchObject({ ageSeconds: 10 });
    bench.answerBy(async () => undefined);
    bench.clock.advance(10_000);
    expect(await bench.reader.read()).toMatchObject({ ageSeconds: 0 });
  });
});
