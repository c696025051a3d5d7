import { expect, test } from "bun:test";
import { memoryStore } from "@vidferry/core/memory";
import { createIdGenerator } from "@vidferry/core/system";
import { createOwnKeys } from "./own-keys.ts";

const hourMs = 3_600_000;

test("the keys of a process end by themselves, are replaced in time, and the last ends with the process", async () => {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const clock = { now: () => new Date(now), sleep: () => Promise.reject(new Error("nothing waits")) };
  const database = memoryStore({ clock });
  const keys = createOwnKeys((work) => work(database), { ids: createIdGenerator(), clock });
  const known = async () => await database.keys.list({ limit: 10 });

  // Two calls at once make one.
  const [first, same] = await Promise.all([keys.secret(), keys.secret()]);
  expect(same).toBe(first);
  expect((await known()).map(({ name, owner, expiresAt }) => [name, owner, expiresAt])).toEqual([
    ["vidferry mcp", "mcp", new Date("2026-01-02T00:00:00Z")],
  ]);
  now += 11 * hourMs;
  expect(await keys.secret()).toBe(first);
  // As after a night in which the machine slept.
  now += 30 * hourMs;
  const second = await keys.secret();
  expect(second).not.toBe(first);
  const ids = (await known()).map(({ id }) => id);
  expect([ids.length, (await database.keys.working(ids)).length]).toEqual([2, 1]);
  await keys.end();
  expect(await database.keys.working(ids)).toEqual([]);
});
