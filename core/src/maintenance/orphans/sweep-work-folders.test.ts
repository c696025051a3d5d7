import { describe, expect, test } from "bun:test";
import { createHeldClock, createRecordingLogger, createServiceFixture, storeWith } from "@vidferry/testing";
import { created, newId, started } from "@vidferry/testing/conformance";
import { memoryStore } from "../../adapters/memory/index.ts";
import type { Database } from "../../database/database.ts";
import { AppError } from "../../errors/app-error.ts";
import type { JobId } from "../../runtime/ids.ts";
import { createFolderSweep } from "./sweep-work-folders.ts";

const apartMs = 60_000;

async function scene(parts: { readonly isRunningHere?: (id: JobId) => boolean } = {}) {
  const fixture = await createServiceFixture();
  const clock = createHeldClock();
  const { workFolders } = fixture.deps;
  const database = memoryStore({ clock });
  const sweepOf = (own: Database) =>
    createFolderSweep(
      { database: own, workFolders, clock, logger: createRecordingLogger() },
      { host: "host-1", isRunningHere: parts.isRunningHere ?? (() => false), apartMs },
    );
  return { fixture, clock, database, workFolders, sweepOf, sweep: sweepOf(database) };
}

describe("the clean-up of work folders", () => {
  test("deletes those that no job comes back to, and keeps those that one will", async () => {
    const { fixture, database, workFolders, sweep } = await scene();
    await using _ = fixture;
    await sweep.run();
    const [queued, over, here] = [await created(database), await created(database), await started(database)];
    const [elsewhere] = await database.attempts.claim([(await created(database)).id], {
      worker: "w",
      host: "host-2",
      leaseMs: 5_000,
    });
    await database.jobs.move(over.id, null, "cancel");
    const ids = [queued.id, over.id, here.id, elsewhere?.id ?? over.id];
    for (const id of ids) await workFolders.open(id);
    expect(await sweep.run()).toBe(2);
    expect((await workFolders.list()).toSorted()).toEqual([queued.id, here.id].toSorted());
  });

  test("deletes those of unknown jobs that another process of the host saw first", async () => {
    const { fixture, clock, workFolders, database, sweepOf } = await scene();
    await using _ = fixture;
    await workFolders.open(newId());
    await sweepOf(database).run();
    await workFolders.mark.replace((await database.deployment()).id);
    expect(await sweepOf(database).run()).toBe(0);
    clock.advance(apartMs);
    expect(await sweepOf(database).run()).toBe(1);
  });

  test("deletes those of unknown jobs when it has seen them twice, but never one that is in use here", async () => {
    let running: JobId | null = null;
    const { fixture, clock, workFolders, sweep } = await scene({ isRunningHere: (id) => id === running });
    await using _ = fixture;
    await sweep.run();
    const [gone, busy] = [newId(), newId()];
    running = busy;
    for (const id of [gone, busy]) await workFolders.open(id);
    expect(await sweep.run()).toBe(0);
    clock.advance(apartMs);
    expect(await sweep.run()).toBe(1);
    expect(await workFolders.list()).toEqual([busy]);
  });

  test("keeps that of a job which another process of the host takes while the others are looked at", async () => {
    const { fixture, database, workFolders, sweep, sweepOf } = await scene();
    await using _ = fixture;
    await sweep.run();
    const [first, second] = [await created(database), await created(database)];
    for (const { id } of [first, second]) {
      await database.jobs.move(id, null, "cancel");
      await workFolders.open(id);
    }
    const [retried] = await workFolders.list();
    let looks = 0;
    const busy = sweepOf(
      storeWith(database, {
        jobs: {
          get: async (id, owner) => {
            const job = await database.jobs.get(id, owner);
            looks += 1;
            if (looks === 2 && retried !== undefined) {
              await database.jobs.move(retried, null, "retry");
              await database.attempts.claim([retried], { worker: "w", host: "host-1", leaseMs: 5_000 });
            }
            return job;
          },
        },
      }),
    );
    expect(await busy.run()).toBe(1);
    expect(await workFolders.list()).toEqual(retried === undefined ? [] : [retried]);
  });

  test("deletes nothing of another deployment that shares the folder, whatever its own database says", async () => {
    const { fixture, clock, database, workFolders, sweep, sweepOf } = await scene();
    await using _ = fixture;
    await sweep.run();
    const waiting = await created(database);
    await workFolders.open(waiting.id);
    const other = sweepOf(memoryStore({ clock }));
    for (let round = 0; round < 3; round += 1) {
      expect(await other.run()).toBe(0);
      clock.advance(apartMs);
    }
    expect(await workFolders.list()).toEqual([waiting.id]);
    expect(other.ownership.heldBack()?.detail).toContain("another deployment");
  });

  test("folders of a version without marks are taken by the database that knows their jobs only", async () => {
    const { fixture, clock, database, workFolders, sweep, sweepOf } = await scene();
    await using _ = fixture;
    const waiting = await created(database);
    await workFolders.open(waiting.id);
    const other = sweepOf(memoryStore({ clock }));
    for (let round = 0; round < 3; round += 1) {
      expect(await other.run()).toBe(0);
      clock.advance(apartMs);
    }
    expect(other.ownership.heldBack()?.detail).toContain("no mark");
    await sweep.run();
    expect(await workFolders.mark.read()).toBe((await database.deployment()).id);
    expect(sweep.ownership.heldBack()).toBeNull();
    expect(await workFolders.list()).toEqual([waiting.id]);
  });

  test("takes an error of the database for an error", async () => {
    const { fixture, clock, database, workFolders, sweep, sweepOf } = await scene();
    await using _ = fixture;
    await sweep.run();
    await workFolders.open((await created(database)).id);
    const away = sweepOf(storeWith(database, { jobs: { get: () => Promise.reject(new AppError("unavailable")) } }));
    for (let round = 0; round < 2; round += 1) {
      await expect(away.run()).rejects.toMatchObject({ code: "unavailable" });
      clock.advance(apartMs);
    }
    expect(await workFolders.list()).toHaveLength(1);
  });
});
