import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { eventually, isWhole, storeWith, tempDir } from "@vidferry/testing";
import { hintQueueConformance, newHint } from "@vidferry/testing/conformance";
import { missingService } from "@vidferry/testing/services";
import type { Database } from "../../database/database.ts";
import type { JobHint } from "../../jobs/dispatch.ts";
import { DownloadRequest } from "../../jobs/request.ts";
import { memoryStore } from "../memory/index.ts";
import { type StoreDatabase, storeDatabase } from "../sql/postgres/fixtures/test-database.ts";
import { type PostgresMessages, postgresMessages } from "../sql/postgres/index.ts";
import { sqliteStore } from "../sql/sqlite/index.ts";
import { systemClock } from "../system/clock.ts";
import { storeHintQueue, type WakeUps } from "./hint-queue.ts";

const request = DownloadRequest.parse({ url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" });
const claimOptions = { worker: "wrk_test", host: "test", leaseMs: 60_000 };
const never = new AbortController().signal;

/** Brings a job into the state in which the store would offer it: new, or handed back by a worker. */
async function enqueue(store: Database, { jobId, lane }: JobHint, delayMs: number): Promise<void> {
  const present = await store.jobs.get(jobId, null);
  if (present === null) {
    await store.jobs.create({
      id: jobId,
      owner: "local",
      request,
      priority: lane,
      labels: {},
      maxAttempts: 3,
      scheduledFor: null,
      requestId: null,
      traceparent: null,
      idempotency: null,
    });
  }
  if (present === null && delayMs === 0) return;
  if (present === null) await store.attempts.claim([jobId], claimOptions);
  const attempt = (await store.jobs.get(jobId, null))?.attempt ?? 0;
  await store.attempts.requeue({ jobId, attempt }, { error: null, delayMs, countsAsFailure: false });
}

/** A store to lay a queue over, and how to put it away. */
interface OpenStore {
  readonly store: Database;
  readonly wakeUps?: WakeUps;
  close(): Promise<void>;
}

function overStore(name: string, open: () => Promise<OpenStore>): void {
  hintQueueConformance({
    describe,
    test,
    expect,
    name: `store, ${name}`,
    async create({ redeliverMs }) {
      const { store, close, ...more } = await open();
      const queue = storeHintQueue({ database: store, clock: systemClock, redeliverMs, pollMs: 50, ...more });
      return {
        queue,
        async put(hints, delayMs = 0) {
          for (const hint of hints) await enqueue(store, hint, delayMs);
          await queue.offer(hints, delayMs);
        },
        async settle(deliveries) {
          await store.attempts.claim(
            deliveries.map((delivery) => delivery.jobId),
            claimOptions,
          );
          await queue.acknowledge(deliveries);
        },
        async [Symbol.asyncDispose]() {
          await queue.close();
          await close();
        },
      };
    },
  });
}

overStore("memory", async () => {
  const store = memoryStore({ clock: systemClock });
  return { store, close: () => store.close() };
});

overStore("SQLite", async () => {
  const dir = await tempDir();
  const store = sqliteStore({ path: join(dir.path, "jobs.db") });
  const close = async () => {
    await store.close();
    await dir[Symbol.asyncDispose]();
  };
  return { store, close };
});

describe.skipIf(missingService("postgres") !== undefined)("postgres", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());
  // Without notifications it is polled, as SQLite is.
  if (isWhole) {
    overStore("PostgreSQL", async () => {
      await database.empty();
      const store = database.open();
      return { store, close: () => store.close() };
    });
  }
  overStore("PostgreSQL with notifications", async () => {
    await database.empty();
    const store = database.open();
    const { wakeUps, close } = postgresMessages({ url: database.url, clock: systemClock });
    const closeAll = async () => {
      await close();
      await store.close();
    };
    return { store, wakeUps, close: closeAll };
  });

  test("a job that one process offers wakes the receivers of another, which would not poll for long", async () => {
    await database.empty();
    const store = database.open();
    const [here, there] = [1, 2].map(() => postgresMessages({ url: database.url, clock: systemClock })) as [
      PostgresMessages,
      PostgresMessages,
    ];
    const process = ({ wakeUps }: typeof here) =>
      storeHintQueue({ database: store, clock: systemClock, pollMs: 600_000, wakeUps });
    const [offering, receiving] = [process(here), process(there)];
    let received: readonly unknown[] | undefined;
    const waiting = receiving.receive({ max: 1, waitMs: 600_000, signal: never }).then((deliveries) => {
      received = deliveries;
    });
    const hint = newHint();
    await enqueue(store, hint, 0);
    await eventually(async () => {
      await offering.offer([hint]);
      return received !== undefined;
    });
    await waiting;
    expect(received).toMatchObject([hint]);
    await Promise.all([offering.close(), receiving.close()]);
    await Promise.all([here.close(), there.close()]);
    await store.close();
  });
});

describe("store queue", () => {
  test("says why it is not woken by others, and polls as often as without them meanwhile", async () => {
    const store = memoryStore({ clock: systemClock });
    let problem: string | null = null;
    const wakeUps: WakeUps = { ring: async () => undefined, listen: () => () => undefined, problem: () => problem };
    const queue = storeHintQueue({ database: store, clock: systemClock, pollMs: 10, wakeUps });
    expect(await queue.check()).toEqual([]);
    problem = "nobody is heard";
    expect(await queue.check()).toEqual(["nobody is heard"]);
    const receiving = queue.receive({ max: 1, waitMs: 600_000, signal: never });
    const hint = newHint();
    await enqueue(store, hint, 0);
    expect(await receiving).toMatchObject([hint]);
    await queue.close();
  });

  test("wakes at once instead of at the next poll", async () => {
    const store = memoryStore({ clock: systemClock });
    const queue = storeHintQueue({ database: store, clock: systemClock, pollMs: 600_000 });
    const receiving = queue.receive({ max: 1, waitMs: 600_000, signal: never });
    const hint = newHint();
    await enqueue(store, hint, 0);
    await queue.offer([hint]);
    expect(await receiving).toMatchObject([hint]);
    await queue.close();
  });

  test("finds jobs that nobody offered, by polling", async () => {
    const store = memoryStore({ clock: systemClock });
    const queue = storeHintQueue({ database: store, clock: systemClock, pollMs: 10 });
    const receiving = queue.receive({ max: 1, waitMs: 600_000, signal: never });
    const hint = newHint();
    await enqueue(store, hint, 0);
    expect(await receiving).toMatchObject([hint]);
    await queue.close();
  });

  test("goes on when the store was away", async () => {
    const store = memoryStore({ clock: systemClock });
    let failures = 3;
    const flaky: Database = storeWith(store, {
      dispatch: {
        nextQueued: (limit) => {
          failures -= 1;
          return failures < 0 ? store.dispatch.nextQueued(limit) : Promise.reject(new Error("the database is away"));
        },
      },
    });
    const queue = storeHintQueue({ database: flaky, clock: systemClock, pollMs: 5 });
    const hint = newHint();
    await enqueue(store, hint, 0);
    expect(await queue.receive({ max: 1, waitMs: 600_000, signal: never })).toMatchObject([hint]);
    await queue.close();
  });
});
