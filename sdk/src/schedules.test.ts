import { expect, test } from "bun:test";
import { startHarness } from "../../api/src/testing/live-server.ts";
import { NotFoundError } from "./errors.ts";
import { Vidferry } from "./vidferry.ts";

test("schedules are made, listed, changed, paused, resumed, run and deleted against a real server", async () => {
  const { url: baseUrl } = await startHarness();
  const { schedules } = new Vidferry({ baseUrl });
  const download = { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" };
  const schedule = await schedules.create({ name: "daily", cron: "0 6 * * *", timeZone: "Europe/Berlin", download });
  expect(await schedules.get(schedule.id)).toEqual(schedule);
  const once = await schedules.create({ name: "once", runAt: "2099-01-01T00:00:00Z", download });
  const seen = [];
  for await (const { id } of schedules.list({ limit: 1 })) seen.push(id);
  expect(seen.toSorted()).toEqual([schedule.id, once.id].toSorted());
  expect((await schedules.list({ state: "paused" })).data).toEqual([]);
  expect(await schedules.update(schedule.id, { cron: "@hourly" })).toMatchObject({ cron: "@hourly", name: "daily" });
  expect(await schedules.pause(schedule.id)).toMatchObject({ state: "paused", nextRunAt: null });
  await expect(schedules.pause(schedule.id)).rejects.toMatchObject({ status: 409, code: "invalid_state" });
  expect(await schedules.resume(schedule.id)).toMatchObject({ state: "active" });
  expect(await schedules.run(schedule.id)).toMatchObject({ lastResult: { new: 1, error: null } });
  const feed = await schedules.openFeed(schedule.id);
  expect(await (await fetch(feed.url)).text()).toContain("<title>daily</title>");
  await schedules.closeFeed(schedule.id);
  expect((await fetch(feed.url)).status).toBe(401);
  await schedules.delete(schedule.id);
  await expect(schedules.get(schedule.id)).rejects.toBeInstanceOf(NotFoundError);
});
