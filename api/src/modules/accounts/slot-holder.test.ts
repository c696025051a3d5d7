import { expect, test } from "bun:test";
import { AppError, type Database } from "@vidferry/core";
import { memoryStore } from "@vidferry/core/memory";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { eventually } from "@vidferry/testing";
import { createLogRecorder } from "../../testing/log-recorder.ts";
import { createSlotHolder } from "./slot-holder.ts";

const deps = (database: Database, leaseMs = 15_000) => ({
  ...{ database, clock: systemClock, ids: createIdGenerator(), logger: createLogRecorder(), leaseMs },
});
const usage = async (database: Database) => (await database.accounts.usage("ada")).streams;

test("two processes share what an account may have at once, and what one releases the other can take", async () => {
  const database = memoryStore({ clock: systemClock });
  await database.accounts.limit("ada", { streams: 3 });
  const [one, two] = [createSlotHolder(deps(database)), createSlotHolder(deps(database))];
  const taken = await Promise.all([one.take("ada", "streams"), one.take("ada", "streams"), two.take("ada", "streams")]);
  await expect(two.take("ada", "streams")).rejects.toMatchObject({ code: "quota_exceeded" });
  await expect(one.take("ada", "streams")).rejects.toThrow("3 streams and transfers are open, of 3 that may be");
  taken[0]();
  taken[0]();
  await eventually(async () => (await usage(database)) === 2);
  const again = await two.take("ada", "streams");
  await expect(one.take("ada", "streams")).rejects.toThrow(AppError);
  for (const release of [...taken, again]) release();
  await eventually(async () => (await usage(database)) === 0);
});

test("an owner whose account has no such limit costs the store no more than the look at the account", async () => {
  const database = memoryStore({ clock: systemClock });
  await database.accounts.limit("ada", { probes: 1 });
  let looks = 0;
  const get: Database["accounts"]["get"] = (owner) => {
    looks += 1;
    return database.accounts.get(owner);
  };
  const slots = new Proxy(database.slots, {
    get: () => () => {
      throw new Error("asked");
    },
  });
  const holder = createSlotHolder({ ...deps(database), database: { slots, accounts: { get } } });
  const taken = await Promise.all(Array.from({ length: 100 }, () => holder.take("ada", "streams")));
  for (const release of taken) release();
  expect(looks).toBe(1);
});

test("what is held stays held beyond the lease, also when the store forgot it", async () => {
  const database = memoryStore({ clock: systemClock });
  await database.accounts.limit("ada", { streams: 5 });
  let renewals = 0;
  const slots: Database["slots"] = {
    ...database.slots,
    renew: async (...asked) => {
      renewals += 1;
      return renewals === 2 ? [] : await database.slots.renew(...asked);
    },
  };
  let written = 0;
  const put: Database["slots"]["put"] = (...asked) => {
    written += 1;
    return database.slots.put(...asked);
  };
  const holder = createSlotHolder({
    ...deps(database, 300),
    database: { slots: { ...slots, put }, accounts: database.accounts },
  });
  const releases = [await holder.take("ada", "streams"), await holder.take("ada", "streams")];
  await eventually(() => renewals > 5);
  expect(written).toBe(1);
  expect(await usage(database)).toBe(2);
  for (const release of releases) release();
  await eventually(async () => (await usage(database)) === 0);
});

test("a release that could not be written is written with the next renewal", async () => {
  const database = memoryStore({ clock: systemClock });
  await database.accounts.limit("ada", { streams: 1 });
  let failures = 1;
  const put: Database["slots"]["put"] = async (...asked) => {
    failures -= 1;
    if (failures >= 0) throw new AppError("unavailable", "away");
    await database.slots.put(...asked);
  };
  const given = deps(database, 600);
  const holder = createSlotHolder({
    ...given,
    database: { slots: { ...database.slots, put }, accounts: database.accounts },
  });
  (await holder.take("ada", "streams"))();
  await eventually(async () => (await usage(database)) === 0);
  expect(given.logger.lines).toHaveLength(1);
  (await holder.take("ada", "streams"))();
});

test("a slot that was taken although its answer was lost is given back", async () => {
  const database = memoryStore({ clock: systemClock });
  await database.accounts.limit("ada", { streams: 1 });
  const take: Database["slots"]["take"] = async (...asked) => {
    await database.slots.take(...asked);
    throw new AppError("unavailable", "away");
  };
  const written: number[] = [];
  const put: Database["slots"]["put"] = async (row, holder, held, leaseMs) => {
    await database.slots.put(row, holder, held, leaseMs);
    written.push(held);
  };
  const slots = { ...database.slots, take, put };
  const holder = createSlotHolder({ ...deps(database, 600), database: { slots, accounts: database.accounts } });
  await expect(holder.take("ada", "streams")).rejects.toMatchObject({ code: "unavailable" });
  await eventually(() => written.length > 0);
  expect(written).toEqual([0]);
  expect(await usage(database)).toBe(0);
});
