import { expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHeldClock, fewUnlessWhole, isWhole, tempDir } from "@vidferry/testing";
import { missingService, useService } from "@vidferry/testing/services";
import fc from "fast-check";
import type { Database, Repositories } from "../../database/database.ts";
import { memoryStore } from "../memory/database.ts";
import { storeDatabase } from "./postgres/fixtures/test-database.ts";
import { createSqlDatabase } from "./shared/database.ts";
import { type Crash, startCutter } from "./shared/fixtures/connection-cutter.ts";
import { JobModel, type Operation, prepareStore, viewOfStore } from "./shared/fixtures/job-model.ts";
import { openSqlite } from "./sqlite/bun.ts";
import { createSqliteClient } from "./sqlite/client.ts";
import type { OpenSqlite } from "./sqlite/driver.ts";
import { migratedFile } from "./sqlite/fixtures/migrated-file.ts";

/** A store whose time and whose accidents the test decides. */
interface RealStore {
  readonly store: Database;
  now(): number;
  advance(ms: number): Promise<void>;
  /** Waits for the next millisecond, also in a transaction: what is done after it is later by the store's clock. */
  tick(): void;
  /** Arms a crash for what comes next. */
  arm(crash: Crash): void;
  /** Disarms it. True: it happened; the store is there again. */
  recover(): Promise<boolean>;
  close(): Promise<void>;
}

type Open = () => Promise<RealStore>;

const minuteMs = 60_000;

class Step implements fc.AsyncCommand<JobModel, RealStore> {
  /** Several are one transaction. */
  readonly operations: readonly Operation[];
  readonly crash: Crash | null;

  constructor(operations: readonly Operation[], crash: Crash | null) {
    this.operations = operations;
    this.crash = crash;
  }

  check = (): boolean => true;

  async run(model: JobModel, real: RealStore): Promise<void> {
    const undo = model.snapshot();
    const all = this.operations.map((operation) => model.apply(operation));
    const inOneHour = new Date(real.now() + 60 * minuteMs);
    const askAll = async (store: Repositories): Promise<unknown[]> => {
      const answers: unknown[] = [];
      for (const { ask } of all) {
        // The history tells the ends of a job apart by their time.
        real.tick();
        answers.push((await ask(store, inOneHour)) ?? null);
      }
      return answers;
    };
    if (this.crash !== null) real.arm(this.crash);
    const asking = all.length === 1 ? askAll(real.store) : real.store.transaction(askAll);
    const outcome = await asking.then(
      (answers) => ({ answers }),
      (error: unknown) => ({ error }),
    );
    const crashed = await real.recover();
    if ("error" in outcome && !crashed) throw outcome.error;
    if ("answers" in outcome) expect(outcome.answers).toEqual(all.map(({ expected }) => expected ?? null));
    const stored = await viewOfStore(real.store);
    // A write that was cut off happened as a whole or not at all.
    if ("error" in outcome && !Bun.deepEquals(stored, model.view())) undo();
    expect(stored).toEqual(model.view());
    // A lost worker's job comes back after a pause of seconds: past it, before anybody looks.
    if (this.operations.some(({ kind }) => kind === "release")) await pass(10, model, real);
    expect((await real.store.dispatch.nextQueued(1_000)).map(({ jobId }) => jobId).sort()).toEqual(model.offered());
  }

  toString = (): string => JSON.stringify([this.operations, this.crash]);
}

class Wait implements fc.AsyncCommand<JobModel, RealStore> {
  readonly minutes: number;

  constructor(minutes: number) {
    this.minutes = minutes;
  }

  check = (): boolean => true;
  run = (model: JobModel, real: RealStore): Promise<void> => pass(this.minutes, model, real);
  toString = (): string => `${this.minutes} minutes pass`;
}

async function pass(minutes: number, model: JobModel, real: RealStore): Promise<void> {
  model.now += minutes;
  await real.advance(minutes * minuteMs);
}

const job = fc.nat(3);
const owner = fc.constantFrom(null, null, "ada", "bob");
const stale = fc.nat(3).map((value) => value === 0);
const worker = fc.constantFrom("one", "two");
const operations: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("create" as const),
      owner: fc.constantFrom("ada", "bob"),
      key: fc.constantFrom(null, "k"),
      fingerprint: fc.constantFrom("x", "y"),
      later: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("move" as const),
      job,
      owner,
      move: fc.constantFrom("cancel", "pause", "resume", "retry"),
    }),
  },
  fc.record({ kind: fc.constant("remove" as const), job, owner }),
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("claim" as const),
      jobs: fc.array(job, { minLength: 1, maxLength: 3 }),
      worker,
      alone: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("claimNext" as const), worker }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("heartbeat" as const), job, stale, begins: fc.boolean() }) },
  fc.record({ kind: fc.constant("adopt" as const), worker, known: fc.array(job, { maxLength: 2 }) }),
  fc.record({ kind: fc.constantFrom("succeed" as const, "fail" as const), job, stale }),
  {
    weight: 2,
    arbitrary: fc.record(
      {
        kind: fc.constant("requeue" as const),
        job,
        stale,
        later: fc.boolean(),
        counts: fc.boolean(),
        alone: fc.boolean(),
      },
      { requiredKeys: ["kind", "job", "stale", "later", "counts"] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("expire" as const), worker }) },
  { weight: 2, arbitrary: fc.constant({ kind: "release" as const }) },
  fc.constant({ kind: "promote" as const }),
  { weight: 2, arbitrary: fc.constant({ kind: "count" as const }) },
  fc.constant({ kind: "prune" as const }),
);
// Past the time of what is scheduled, or more than a day.
const waits = fc.constantFrom(new Wait(70), new Wait(26 * 60));
const crashes = fc.option(fc.record({ statement: fc.nat(7), after: fc.boolean() }), { freq: 1 });

const everyCrash: readonly Crash[] = Array.from({ length: 20 }, (_, index) => ({
  statement: Math.floor(index / 2),
  after: index % 2 === 1,
}));

/** Two jobs end, and what ends while they are counted is counted by the next. */
function countingWith(crash: Crash): readonly Step[] {
  const create = { kind: "create", owner: "ada", key: null, fingerprint: "x", later: false } as const;
  const end = { kind: "fail", stale: false } as const;
  const count = { kind: "count" } as const;
  return [
    new Step([create, create, { kind: "claim", jobs: [0, 1], worker: "one", alone: false }], null),
    new Step([{ ...end, job: 0 }], null),
    new Step([count], crash),
    new Step([{ ...end, job: 1 }], null),
    new Step([count], crash),
    new Step([count], null),
  ];
}

async function behavesLikeTheModel(open: Open, canCrash: boolean, numRuns: number): Promise<void> {
  const several = fc.oneof(
    { weight: 3, arbitrary: operations.map((one) => [one]) },
    fc.array(operations, { minLength: 2, maxLength: 3 }),
  );
  const steps = fc.tuple(several, canCrash ? crashes : fc.constant(null)).map(([done, crash]) => new Step(done, crash));
  const commands = fc.commands([steps, steps, steps, waits], { size: "+1", maxCommands: 40 });
  const runAll = async (all: Iterable<fc.AsyncCommand<JobModel, RealStore>>): Promise<void> => {
    const real = await open();
    try {
      await prepareStore(real.store);
      await fc.asyncModelRun(() => ({ model: new JobModel(), real }), all);
    } finally {
      await real.close();
    }
  };
  // At every statement of the counting, where chance comes too rarely; in short at some, before and after in turn.
  const tried = fewUnlessWhole(everyCrash, (crash) => everyCrash.indexOf(crash) % 3 === 0);
  for (const crash of canCrash ? tried : []) await runAll(countingWith(crash));
  await fc.assert(fc.asyncProperty(commands, runAll), { numRuns: isWhole ? numRuns : Math.ceil(numRuns / 12) });
}

test("the memory store behaves like the model", async () => {
  const open: Open = async () => {
    const clock = createHeldClock();
    const store = memoryStore({ clock });
    return {
      store,
      now: () => clock.now().getTime(),
      advance: async (ms) => clock.advance(ms),
      tick: () => clock.advance(1),
      arm: () => undefined,
      recover: async () => false,
      close: () => store.close(),
    };
  };
  await behavesLikeTheModel(open, false, 100);
}, 120_000);

test("a SQLite file behaves like the model, also when its process ends at any statement", async () => {
  await using dir = await tempDir();
  const empty = await migratedFile();
  let files = 0;
  const newFile = (): string => {
    const folder = join(dir.path, String(files++));
    mkdirSync(folder);
    return join(folder, "jobs.db");
  };
  const open: Open = async () => {
    const clock = createHeldClock();
    let path = newFile();
    writeFileSync(path, empty);
    let copy: string | null = null;
    let armed: Crash | null = null;
    let statements = 0;
    /** Runs a statement as a process that may end at it: the next process finds what is on the disk at that time. */
    const run = <T>(statement: () => T): T => {
      if (copy !== null) throw new Error("this process has ended");
      const isHere = armed !== null && statements++ === armed.statement;
      const result = isHere && armed?.after === false ? undefined : statement();
      if (!isHere) return result as T;
      copy = newFile();
      for (const end of ["", "-wal"]) if (existsSync(path + end)) copyFileSync(path + end, copy + end);
      throw new Error("the process ends here");
    };
    const driver: OpenSqlite = (file) => {
      const opened = openSqlite(file);
      return {
        rows: (sql, params) => run(() => opened.rows(sql, params)),
        exec: (sql) => run(() => opened.exec(sql)),
        close: () => opened.close(),
      };
    };
    const openStore = () =>
      createSqlDatabase(createSqliteClient({ path, clock, migrate: true, driver: async () => driver }));
    const real = {
      store: openStore(),
      now: () => clock.now().getTime(),
      advance: async (ms: number) => clock.advance(ms),
      tick: () => clock.advance(1),
      arm: (crash: Crash) => {
        [armed, statements] = [crash, 0];
      },
      recover: async () => {
        armed = null;
        if (copy === null) return false;
        await real.store.close();
        [path, copy] = [copy, null];
        real.store = openStore();
        return true;
      },
      close: () => real.store.close(),
    };
    return real;
  };
  await behavesLikeTheModel(open, true, 60);
}, 300_000);

test.skipIf(missingService("postgres") !== undefined)(
  "PostgreSQL behaves like the model, also when its connection breaks at any statement (postgres)",
  async () => {
    await using cutter = await startCutter(Number(new URL(await useService("postgres")).port));
    await using database = await storeDatabase(cutter.port);
    const open: Open = async () => {
      await database.empty();
      const store = database.open();
      return {
        store,
        now: () => Date.now(),
        advance: database.advance,
        tick: () => Bun.sleepSync(2),
        arm: cutter.arm,
        recover: async () => cutter.disarm(),
        close: () => store.close(),
      };
    };
    await behavesLikeTheModel(open, true, 30);
  },
  300_000,
);
