import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createHeldClock, createServiceFixture, eventually, tempDir } from "@vidferry/testing";
import { memoryStore } from "../adapters/memory/index.ts";
import { sqliteStore } from "../adapters/sql/sqlite/index.ts";
import { systemClock } from "../adapters/system/index.ts";
import type { Database } from "../database/database.ts";
import { createSecretBox } from "../secrets/secret-box.ts";
import { type BreakerOptions, defaultBreaker, judge } from "./breaker.ts";
import { freshCondition } from "./condition.ts";
import { defaultSettings } from "./egress.ts";
import { type EgressUse, NoEgressNow } from "./egresses.ts";
import { memoryLooks } from "./memory-looks.ts";
import { type EgressWay, pooledEgresses } from "./pooled-egresses.ts";

const url = "https://www.youtube.com/watch?v=sample00001";
const use = (more: Partial<EgressUse> = {}): EgressUse => ({
  ...{ url, purpose: "attempt", signal: new AbortController().signal },
  ...more,
});
const way = (cookies: EgressWay["cookies"] = null): EgressWay => ({
  ...{ proxyUrl: "http://127.0.0.1:9", cookies },
  failure: () => null,
  close: async () => undefined,
});

const add = (database: Database, name: string, settings: object = {}) =>
  database.egresses.insert({
    ...{ ...defaultSettings, spacingSeconds: 0, id: `egr_${Bun.hash(name).toString(16).padStart(32, "0")}`, name },
    ...{ proxy: null, cookies: null },
    ...settings,
  });

/** Holds an egress back, as of now. */
async function holdBack(database: Database, name: string, breaker: BreakerOptions): Promise<void> {
  const { now, egresses } = await database.egresses.read();
  const egress = egresses.find((one) => one.name === name);
  if (egress === undefined) throw new Error(`there is no ${name}`);
  const outcome = { site: "youtube.com", link: "a", verdict: "refused", code: "bot_check", detail: "" } as const;
  const more = { retryAt: null, token: null, patience: 1 };
  const { condition } = judge(freshCondition, { ...outcome, ...more }, now.getTime(), breaker);
  await database.egresses.writeCondition(egress.id, egress.version, condition);
}

describe("what was found at links", () => {
  const leases = async (cookies: EgressWay["cookies"] = null) => {
    const clock = createHeldClock();
    const database = memoryStore({ clock });
    const fixture = await createServiceFixture({}, { clock, database });
    const shelves = memoryLooks(clock, 600_000);
    const egresses = pooledEgresses(fixture.deps, {
      breaker: defaultBreaker,
      secrets: createSecretBox(async () => ["a key"]),
      openWay: async () => way(cookies),
      looks: { shelves, address: "here" },
    });
    return { database, egresses, clock, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
  };

  test("leads the next look at the link to the same egress, for the same owner", async () => {
    await using scene = await leases();
    for (const name of ["one", "two", "three"]) await add(scene.database, name);
    const first = await scene.egresses.lease(use({ owner: "ada", url: "https://youtu.be/sample00001?t=3" }));
    await first.looks?.keep(url, "what was found", null);
    for (let count = 0; count < 3; count += 1) {
      scene.clock.advance(1_000);
      const next = await scene.egresses.lease(use({ owner: "ada" }));
      expect(next.egress).toBe(first.egress);
      expect((await next.looks?.find(url))?.text).toBe("what was found");
      // Whoever has not found it takes the one that has rested longest.
      const other = await scene.egresses.lease(use({ owner: "bob" }));
      expect(await other.looks?.find(url)).toBeNull();
      expect(other.egress).not.toBe(first.egress);
    }
    expect(await scene.egresses.lease(use({ owner: "ada", not: [first.egress] }))).not.toMatchObject({
      egress: first.egress,
    });
  });

  test("is another for an egress that has got another proxy, and for nobody without an owner", async () => {
    await using scene = await leases();
    const { id } = await add(scene.database, "one");
    const before = await scene.egresses.lease(use({ owner: "ada" }));
    await before.looks?.keep(url, "what was found", null);
    scene.clock.advance(1_000);
    await scene.database.egresses.update(id, { resolvesPerHour: 100 });
    const after = await scene.egresses.lease(use({ owner: "ada" }));
    expect(await after.looks?.find(url)).toBeNull();
    expect(await scene.egresses.lease(use())).not.toHaveProperty("looks");
  });

  test("with cookies is apart from what was found without", async () => {
    await using scene = await leases({ copyInto: () => Promise.reject(new Error("not used")) });
    await add(scene.database, "one");
    const lease = await scene.egresses.lease(use({ owner: "ada" }));
    const signedIn = lease.withCookies?.();
    await signedIn?.looks?.keep(url, "what an account may see", null);
    expect(await lease.looks?.find(url)).toBeNull();
    expect((await signedIn?.looks?.find(url))?.text).toBe("what an account may see");
  });
});

// Two processes on one file, as two workers are.
const breaker: BreakerOptions = { coolMs: 1, trialMs: 3_000 };

async function pool(path: string) {
  const database = sqliteStore({ path });
  const fixture = await createServiceFixture({}, { clock: systemClock, database });
  const egresses = pooledEgresses(fixture.deps, {
    ...{ breaker, secrets: createSecretBox(async () => ["a key"]), openWay: async () => way() },
  });
  return { database, egresses, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

/** Another process that runs this with a pool of its own. */
function elsewhere(path: string, program: string) {
  const script = `
    import { createSilentLogger, createIdGenerator, systemClock } from "${import.meta.dir}/../adapters/system/index.ts";
    import { memoryEventLog, memorySignals } from "${import.meta.dir}/../adapters/memory/index.ts";
    import { sqliteStore } from "${import.meta.dir}/../adapters/sql/sqlite/index.ts";
    import { storeHintQueue } from "${import.meta.dir}/../adapters/store-queue/index.ts";
    import { noTelemetry } from "${import.meta.dir}/../telemetry/telemetry.ts";
    import { pooledEgresses } from "${import.meta.dir}/pooled-egresses.ts";
    import { NoEgressNow } from "${import.meta.dir}/egresses.ts";
    const database = sqliteStore({ path: ${JSON.stringify(path)} });
    const deps = { database, clock: systemClock, logger: createSilentLogger(), telemetry: noTelemetry,
      queue: storeHintQueue({ database, clock: systemClock }), signals: memorySignals(), events: memoryEventLog({ clock: systemClock }) };
    const egresses = pooledEgresses(deps, { breaker: ${JSON.stringify(breaker)}, secrets: null,
      openWay: async () => ({ proxyUrl: "", cookies: null, failure: () => null, close: async () => undefined }) });
    const use = { url: ${JSON.stringify(url)}, purpose: "attempt", signal: new AbortController().signal };
    ${program}`;
  return Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
}

describe("two processes", () => {
  test("of one that is killed with the trial of an egress, the other takes it over when it was given up", async () => {
    await using dir = await tempDir("vidferry-trial");
    const path = join(dir.path, "vidferry.db");
    await using here = await pool(path);
    await add(here.database, "one");
    await holdBack(here.database, "one", breaker);
    const holder = elsewhere(
      path,
      `await egresses.lease(use); console.log("leased"); await new Promise(() => setInterval(() => {}, 1000));`,
    );
    try {
      const { value } = await holder.stdout.getReader().read();
      expect(new TextDecoder().decode(value)).toContain("leased");
      // It renews its trial for as long as it lives: twice as long as one lasts without.
      const seen = Date.now();
      await eventually(async () => Date.now() - seen > 2 * breaker.trialMs);
      await expect(here.egresses.lease(use())).rejects.toBeInstanceOf(NoEgressNow);
    } finally {
      holder.kill("SIGKILL");
      await holder.exited;
    }
    const taken = async () =>
      here.egresses.lease(use()).catch((error: unknown) => {
        if (!(error instanceof NoEgressNow)) throw error;
        return null;
      });
    let lease: Awaited<ReturnType<typeof taken>> = null;
    await eventually(
      async () => {
        lease ??= await taken();
        return lease !== null;
      },
      { message: "the trial of a process that is gone" },
    );
    lease = lease as Awaited<ReturnType<typeof here.egresses.lease>> | null;
    lease?.report({ code: null });
    await lease?.release();
    const [one] = (await here.database.egresses.read()).egresses;
    expect(one?.condition.sites).toEqual({});
  }, 60_000);

  test("that use an egress at the same time keep to its budget together", async () => {
    await using dir = await tempDir("vidferry-budget");
    const path = join(dir.path, "vidferry.db");
    await using here = await pool(path);
    await add(here.database, "one", { resolvesPerHour: 30 });
    const program = `let count = 0;
      try { for (;;) { const lease = await egresses.lease(use); count += 1; lease.report({ code: null }); await lease.release(); } }
      catch (error) { if (!(error instanceof NoEgressNow)) throw error; }
      console.log(count); await database.close();`;
    const others = [elsewhere(path, program), elsewhere(path, program)];
    const counts = await Promise.all(others.map(({ stdout }) => new Response(stdout).text()));
    expect(counts.map(Number).reduce((sum, count) => sum + count, 0)).toBe(30);
    await expect(here.egresses.lease(use())).rejects.toBeInstanceOf(NoEgressNow);
  }, 60_000);
});
