import { expect, test } from "bun:test";
import { createServiceFixture, eventually } from "@vidferry/testing";
import { moveJob } from "./manage-job.ts";
import { waitForEnd } from "./wait-for-end.ts";

async function setUp() {
  const fixture = await createServiceFixture();
  const { database, events } = fixture.deps;
  const job = await fixture.submit();
  let reads = 0;
  let followers = 0;
  const deps = {
    ...fixture.deps,
    database: {
      ...database,
      jobs: {
        ...database.jobs,
        get: (...args: Parameters<typeof database.jobs.get>) => {
          reads += 1;
          return database.jobs.get(...args);
        },
      },
    },
    events: {
      ...events,
      subscribe: async (...args: Parameters<typeof events.subscribe>) => {
        const leave = await events.subscribe(...args);
        followers += 1;
        return () => {
          followers -= 1;
          leave();
        };
      },
    },
  };
  return { ...fixture, deps, job, reads: () => reads, followers: () => followers };
}

test("many that wait read the job once before and once after its end, however long it takes", async () => {
  await using scene = await setUp();
  const { deps, job } = scene;
  const { signal } = new AbortController();
  const waits = Array.from({ length: 50 }, () => waitForEnd(deps, job, { waitMs: 60_000, signal }));
  await eventually(() => scene.reads() === 50);
  // Changes that are not the end wake nobody.
  await moveJob(scene.deps, job.id, job.owner, "pause");
  await moveJob(scene.deps, job.id, job.owner, "resume");
  expect(scene.reads()).toBe(50);
  await moveJob(scene.deps, job.id, job.owner, "cancel");
  expect((await Promise.all(waits)).map(({ state }) => state)).toEqual(waits.map(() => "canceled"));
  expect([scene.reads(), scene.followers()]).toEqual([100, 0]);
});

test("one that leaves ends its wait at once and leaves nothing behind", async () => {
  await using scene = await setUp();
  const gone = new AbortController();
  const wait = waitForEnd(scene.deps, scene.job, { waitMs: 60_000, signal: gone.signal });
  await eventually(() => scene.followers() === 1);
  gone.abort();
  expect((await wait).state).toBe("queued");
  expect(scene.followers()).toBe(0);
});

test("the job as it is now is the answer when the time is over or the job ended before", async () => {
  await using scene = await setUp();
  const { signal } = new AbortController();
  expect((await waitForEnd(scene.deps, scene.job, { waitMs: 1, signal })).state).toBe("queued");
  const canceled = await moveJob(scene.deps, scene.job.id, scene.job.owner, "cancel");
  expect((await waitForEnd(scene.deps, scene.job, { waitMs: 60_000, signal })).state).toBe("canceled");
  const before = scene.reads();
  expect(await waitForEnd(scene.deps, canceled, { waitMs: 60_000, signal })).toBe(canceled);
  expect(scene.reads()).toBe(before);
});
