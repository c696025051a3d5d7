import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import {
  eventLogConformance,
  jobOf,
  newJobId,
  playlistOf,
  probeRelayConformance,
  progressOf,
  signalsConformance,
} from "@vidferry/testing/conformance";
import { missingService, startPgBouncer } from "@vidferry/testing/services";
import { jobTopic, ownerTopic } from "../../../../jobs/event-log.ts";
import type { LoggedEvent } from "../../../../jobs/events.ts";
import type { ControlSignal } from "../../../../jobs/signals.ts";
import { systemClock } from "../../../system/clock.ts";
import { type StoreDatabase, storeDatabase } from "../fixtures/test-database.ts";
import { type PostgresMessages, type PostgresMessagesOptions, postgresMessages } from "./index.ts";

describe.skipIf(missingService("postgres") !== undefined)("messages over postgres", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const open = (options: Partial<PostgresMessagesOptions> = {}): PostgresMessages & AsyncDisposable => {
    const messages = postgresMessages({ url: database.url, clock: systemClock, testMs: 300, ...options });
    return { ...messages, [Symbol.asyncDispose]: messages.close };
  };

  signalsConformance({
    ...{ describe, test, expect, name: "postgres" },
    create: async () => {
      const [here, there] = [open(), open()];
      return {
        signals: here.signals,
        elsewhere: there.signals,
        [Symbol.asyncDispose]: async () => {
          await Promise.all([here.close(), there.close()]);
        },
      };
    },
  });

  eventLogConformance({
    ...{ describe, test, expect, name: "postgres" },
    create: async (options) => {
      const messages = open(options);
      return { log: messages.events, [Symbol.asyncDispose]: messages.close };
    },
  });

  probeRelayConformance({
    ...{ describe, test, expect, name: "postgres" },
    create: async (limits) => {
      await database.client`delete from probe_questions`;
      const opened: PostgresMessages[] = [];
      return {
        open: () => {
          const messages = open(limits);
          opened.push(messages);
          return messages.probes;
        },
        takeAndDie: async () => {
          const taken = await database.client`
            update probe_questions set taken_by = 'somebody', taken_until = now() + ${limits.holdMs ?? 300} * interval '1 ms'
            where id = (select id from probe_questions where taken_by is null order by asked_at limit 1) returning id`;
          return taken.length > 0;
        },
        [Symbol.asyncDispose]: async () => {
          await Promise.all(opened.map((messages) => messages.close()));
        },
      };
    },
  });

  test("a question about a link leaves nothing behind, also not of an asker that died", async () => {
    await using here = open();
    await using there = open({ takeWithinMs: 50 });
    await database.client`insert into probe_questions (id, question, holder, asked_at, asked_until)
      values ('dead', '{}', '', now() - interval '1 hour', now() - interval '1 hour')`;
    const signal = new AbortController().signal;
    await expect(there.probes.ask("https://a.example", { signal })).rejects.toMatchObject({ code: "unavailable" });
    here.probes.serve(async () => playlistOf(1));
    await there.probes.ask("https://a.example", { signal });
    expect(await database.client`select id from probe_questions`).toHaveLength(0);
  });

  /** Ends every connection that listens, as a server does that is shut down. */
  const cutListeners = () =>
    database.client`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'vidferry-listener' and datname = current_database()`;

  test("carries events from one process to another, under the same ids", async () => {
    await using here = open();
    await using there = open();
    const [jobId, owner] = [newJobId(), `owner:${crypto.randomUUID()}` as const];
    const heard: (LoggedEvent | null)[] = [];
    for (const topic of [jobTopic(jobId), owner]) await there.events.subscribe(topic, (event) => heard.push(event));
    const events = [jobOf(jobId, "running", 1), progressOf(jobId, 1)];
    const ids: string[] = [];
    for (const event of events)
      for (const topic of [jobTopic(jobId), owner]) ids.push(await here.events.append(topic, event));
    await eventually(() => heard.length === 4);
    expect(heard).toEqual([...events, ...events].map((_, i) => ({ ...events[i >> 1], id: ids[i] }) as LoggedEvent));
  });

  test("two processes that append to the same topics at once number every event once, in one order for all", async () => {
    await using here = open();
    await using there = open();
    const topics = [1, 2, 3].map(() => ownerTopic(crypto.randomUUID()));
    const starts = await Promise.all(topics.map((topic) => here.events.read(topic)));
    const heard: (LoggedEvent | null)[][] = topics.map(() => []);
    for (const [i, topic] of topics.entries()) await there.events.subscribe(topic, (event) => heard[i]?.push(event));
    const writer = async ({ events }: PostgresMessages, order: readonly (typeof topics)[number][]): Promise<void> => {
      for (let round = 0; round < 40; round += 1)
        await Promise.all(order.map((topic) => events.append(topic, jobOf(newJobId(), "running", 1))));
    };
    await Promise.all([writer(here, topics), writer(there, topics.toReversed())]);
    for (const [i, topic] of topics.entries()) {
      const { events } = await here.events.read(topic, starts[i]?.lastId);
      expect(events.map(({ id }) => Number(id.split("-")[1]))).toEqual(Array.from({ length: 80 }, (_, n) => n + 1));
      await eventually(() => heard[i]?.length === 80);
      expect(heard[i]?.map((event) => event?.id)).toEqual(events.map(({ id }) => id));
    }
  });

  test("listens again after the server has ended the connection, and its followers miss nothing", async () => {
    await using here = open();
    await using there = open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    let place = (await there.events.read(topic)).lastId;
    const seen: (string | undefined)[] = [];
    let catchingUp = Promise.resolve();
    const catchUp = async (): Promise<void> => {
      const page = await there.events.read(topic, place);
      seen.push(...page.events.map(({ id }) => id));
      place = page.lastId;
    };
    await there.events.subscribe(topic, () => {
      catchingUp = catchingUp.then(catchUp);
    });
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      ids.push(await here.events.append(topic, progressOf(jobId, 10 * round)));
      await cutListeners();
      ids.push(await here.events.append(topic, progressOf(jobId, 10 * round + 1)));
      await eventually(() => seen.length === ids.length);
    }
    expect(seen).toEqual(ids);
  });

  test("signals and wake-ups are heard again after the server has ended the connection", async () => {
    await using here = open();
    await using there = open();
    const heard: ControlSignal[] = [];
    let wakes = 0;
    there.signals.listen((signal) => heard.push(signal));
    there.wakeUps.listen(() => {
      wakes += 1;
    });
    for (let round = 0; round < 3; round += 1) {
      const signal: ControlSignal = { type: "drain", host: String(round) };
      const before = wakes;
      await eventually(async () => {
        await Promise.all([here.signals.send(signal), here.wakeUps.ring()]);
        return heard.some((each) => each.type === "drain" && each.host === String(round)) && wakes > before;
      });
      await cutListeners();
    }
  });

  test("passes over notifications that it does not understand", async () => {
    await using here = open();
    const jobId = newJobId();
    const heard: (LoggedEvent | null)[] = [];
    await here.events.subscribe(jobTopic(jobId), (event) => heard.push(event));
    here.signals.listen(() => undefined);
    const texts = ["", "{", "[]", "7", `["${jobTopic(jobId)}","x"]`, `["${jobTopic(jobId)}","1-1","confetti","{}"]`];
    for (const channel of ["vidferry:events", "vidferry:control"])
      for (const text of texts) await database.client`select pg_notify(${channel}, ${text})`;
    const id = await here.events.append(jobTopic(jobId), progressOf(jobId, 1));
    await eventually(() => heard.length > 0);
    expect(heard.map((event) => event?.id)).toEqual([id]);
  });

  test("a batch whose notifications would be too long is told in several", async () => {
    await using here = open();
    await using there = open();
    const topic = ownerTopic(crypto.randomUUID());
    const heard: (string | undefined)[] = [];
    await there.events.subscribe(topic, (event) => heard.push(event?.id));
    const jobs = Array.from({ length: 250 }, newJobId);
    const ids = await Promise.all(jobs.map((jobId) => here.events.append(topic, progressOf(jobId, 1))));
    await eventually(() => heard.length === ids.length);
    expect(heard).toEqual(ids);
  });

  test("what has expired is deleted by whoever tidies up, and nothing else", async () => {
    await database.empty();
    await using here = open({ idleSeconds: 3_600 });
    const { events } = here;
    const [gone, kept] = [newJobId(), newJobId()];
    for (const jobId of [gone, kept]) await events.append(jobTopic(jobId), progressOf(jobId, 1));
    await events.expire(jobTopic(gone), 0);
    expect(await events.removeExpired(10)).toBe(1);
    expect(await events.removeExpired(10)).toBe(0);
    for (const table of ["event_topics", "event_log", "event_attempts"]) {
      const rows = await database.client.unsafe(`select topic from ${table}`);
      expect(rows.map(({ topic }) => topic)).toEqual([jobTopic(kept)]);
    }
  });

  test("a log of many jobs stays near its cap", async () => {
    await database.empty();
    await using here = open({ maxSharedEvents: 20 });
    const topic = ownerTopic("ada");
    for (let round = 0; round < 20; round += 1)
      await Promise.all(Array.from({ length: 50 }, () => here.events.append(topic, jobOf(newJobId(), "running", 1))));
    const [row] = await database.client<{ count: number }[]>`select count(*)::integer as count from event_log`;
    expect(row?.count).toBeLessThan(220);
  });

  test("a server that was killed has lost its logs, and no place in them is taken for one in a new log", async () => {
    await using here = open();
    const jobId = newJobId();
    const id = await here.events.append(jobTopic(jobId), progressOf(jobId, 1));
    // What recovery does to unlogged tables.
    await database.client`truncate event_topics, event_log, event_attempts`;
    await here.events.append(jobTopic(jobId), progressOf(jobId, 2));
    expect(await here.events.read(jobTopic(jobId), id)).toMatchObject({ events: [], complete: false });
  });

  describe.skipIf(missingService("pgbouncer") !== undefined)("behind a pgbouncer in transaction mode", () => {
    test("says that notifications do not arrive, and followers and receivers go on by polling", async () => {
      await using pooler = await startPgBouncer(database.url);
      await using here = open();
      await using there = open({ url: pooler.url, answerMs: 500 });
      const jobId = newJobId();
      const topic = jobTopic(jobId);
      let told = 0;
      await there.events.subscribe(topic, () => {
        told += 1;
      });
      await eventually(() => /DATABASE_LISTEN_URL/.test(there.wakeUps.problem() ?? ""));
      const { lastId } = await there.events.read(topic);
      const before = told;
      const id = await here.events.append(topic, progressOf(jobId, 1));
      await eventually(() => told > before);
      expect((await there.events.read(topic, lastId)).events.map((event) => event.id)).toEqual([id]);
    });

    test("says so of an address to listen to that is another database's", async () => {
      await using other = await storeDatabase();
      await using there = open({ listenUrl: other.url, answerMs: 500 });
      there.signals.listen(() => undefined);
      await eventually(() => /DATABASE_LISTEN_URL names another database/.test(there.wakeUps.problem() ?? ""));
    });

    test("hears everything where the server itself is named to listen to", async () => {
      await using pooler = await startPgBouncer(database.url);
      await using there = open({ url: pooler.url, listenUrl: database.url });
      const jobId = newJobId();
      const heard: (string | undefined)[] = [];
      await there.events.subscribe(jobTopic(jobId), (event) => heard.push(event?.id));
      const id = await there.events.append(jobTopic(jobId), progressOf(jobId, 1));
      await eventually(() => heard.length > 0);
      expect(heard).toEqual([id]);
      expect(there.wakeUps.problem()).toBeNull();
    });
  });
});
