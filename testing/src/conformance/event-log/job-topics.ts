import { jobTopic, type LoggedEvent } from "@vidferry/core";
import { eventually } from "../../eventually.ts";
import { jobOf, newJobId, progressOf } from "../sample-events.ts";
import { appendMany, type EventLogSuite, percentOf } from "./fixture.ts";

/** Topics of one job each. */
export function jobTopicsConformance({ test, expect, create }: EventLogSuite): void {
  const open = (maxEvents = 500) => create({ maxEvents });

  test("reads what came after a place, in order and as it was appended", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const ids = await appendMany(fixture.log, jobId, 1, 5);
    expect(new Set(ids).size).toBe(5);
    const page = await fixture.log.read(topic, ids[1]);
    expect(page).toEqual({
      events: [3, 4, 5].map((i) => ({ ...progressOf(jobId, i), id: ids[i - 1] as string })),
      complete: true,
      lastId: ids[4] as string,
    });
  });

  test.each(["canceled", "failed", "succeeded", "paused", "queued"] as const)(
    "takes nothing of a running attempt after it heard that the attempt is over (%s)",
    async (state) => {
      await using fixture = await open();
      const { log } = fixture;
      const jobId = newJobId();
      const topic = jobTopic(jobId);
      const heard: (string | undefined)[] = [];
      await log.subscribe(topic, (event) => heard.push(event?.id));
      const running = await log.append(topic, jobOf(jobId, "running", 1));
      const over = await log.append(topic, jobOf(jobId, state, 1));
      expect(await log.append(topic, progressOf(jobId, 50))).toBe(over);
      expect(await log.append(topic, jobOf(jobId, "running", 1))).toBe(over);
      expect(await log.read(topic, running)).toMatchObject({ events: [{ data: { state } }], lastId: over });
      const again = await log.append(topic, jobOf(jobId, "queued", 1));
      const next = await log.append(topic, jobOf(jobId, "running", 2));
      expect((await log.read(topic, over)).events.map(({ id }) => id)).toEqual([again, next]);
      await eventually(() => heard.at(-1) === next);
      expect(heard).toEqual([running, over, again, next]);
    },
  );

  test("a `queued` event that is told late stands never behind what came after it", async () => {
    await using fixture = await open();
    const { log } = fixture;
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const running = await log.append(topic, jobOf(jobId, "running", 1));
    expect(await log.append(topic, jobOf(jobId, "queued", 0))).toBe(running);
    const over = await log.append(topic, jobOf(jobId, "failed", 1));
    const second = await log.append(topic, jobOf(jobId, "running", 2));
    // A retry by hand, told after a worker found the job in the store.
    expect(await log.append(topic, jobOf(jobId, "queued", 1))).toBe(second);
    expect(await log.append(topic, progressOf(jobId, 50))).toBe(second);
    expect((await log.read(topic, running)).events.map(({ id }) => id)).toEqual([over, second]);
  });

  test("more events lift the end that was set for a topic", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const [id] = await appendMany(fixture.log, jobId, 1, 1);
    await fixture.log.expire(topic, 1);
    await appendMany(fixture.log, jobId, 2, 2);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect((await fixture.log.read(topic, id)).events.map(percentOf)).toEqual([2]);
  });

  test("names the newest place when none is given, and nothing comes after it", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    await appendMany(fixture.log, jobId, 1, 3);
    const { events, complete, lastId } = await fixture.log.read(topic);
    expect({ events, complete }).toEqual({ events: [], complete: true });
    expect(await fixture.log.read(topic, lastId)).toEqual({ events: [], complete: true, lastId });
  });

  test("has a place for an empty log, after which everything comes", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const { lastId } = await fixture.log.read(topic);
    expect(await fixture.log.read(topic, lastId)).toMatchObject({ events: [], complete: true });
    await appendMany(fixture.log, jobId, 1, 2);
    const page = await fixture.log.read(topic, lastId);
    expect(page.complete).toBe(true);
    expect(page.events.map(percentOf)).toEqual([1, 2]);
  });

  test("says that places it does not know are not complete", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const [id = ""] = await appendMany(fixture.log, jobId, 1, 1);
    const unknown = ["", "nonsense", "1-1", "9999999999999999-1", `${id}0000`, `${id} `, "-", "🎬", "0".repeat(10_000)];
    for (const place of unknown) {
      expect(await fixture.log.read(topic, place)).toEqual({ events: [], complete: false, lastId: id });
    }
  });

  test("keeps logs of different jobs apart", async () => {
    await using fixture = await open();
    const [one, two] = [newJobId(), newJobId()];
    const before = await fixture.log.read(jobTopic(two));
    await appendMany(fixture.log, one, 1, 3);
    await appendMany(fixture.log, two, 9, 9);
    expect((await fixture.log.read(jobTopic(two), before.lastId)).events.map(percentOf)).toEqual([9]);
  });

  test("trims old events, and says so to whoever was in the trimmed part", async () => {
    await using fixture = await open(10);
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const start = await fixture.log.read(topic);
    const ids = await appendMany(fixture.log, jobId, 1, 400);
    expect(await fixture.log.read(topic, ids[0])).toMatchObject({ events: [], complete: false });
    expect(await fixture.log.read(topic, start.lastId)).toMatchObject({ events: [], complete: false });
    const recent = await fixture.log.read(topic, ids[394]);
    expect(recent.complete).toBe(true);
    expect(recent.events.map(percentOf)).toEqual([396, 397, 398, 399, 400]);
  });

  test("numbers events in the order of the calls", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const { lastId } = await fixture.log.read(topic);
    const ids = await Promise.all(
      Array.from({ length: 300 }, (_, i) => fixture.log.append(topic, progressOf(jobId, i))),
    );
    const page = await fixture.log.read(topic, lastId);
    expect(page.events.map((event) => event.id)).toEqual(ids);
    expect(page.events.map(percentOf)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  test("calls listeners with each event of their job, in order, until they stop", async () => {
    await using fixture = await open();
    const [jobId, other] = [newJobId(), newJobId()];
    const topic = jobTopic(jobId);
    const [one, two]: [(LoggedEvent | null)[], (LoggedEvent | null)[]] = [[], []];
    const stopOne = await fixture.log.subscribe(topic, (event) => one.push(event));
    await fixture.log.subscribe(topic, (event) => two.push(event));
    const ids = await appendMany(fixture.log, jobId, 1, 20);
    await appendMany(fixture.log, other, 1, 1);
    await eventually(() => one.length >= 20 && two.length >= 20);
    expect(one).toEqual(two);
    expect(one.map((event) => event?.id)).toEqual(ids);
    expect(one[0]).toEqual({ ...progressOf(jobId, 1), id: ids[0] as string });
    stopOne();
    await appendMany(fixture.log, jobId, 21, 21);
    await eventually(() => two.length === 21);
    expect(one).toHaveLength(20);
  });

  test("misses nothing for whoever subscribes first and reads then", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const { lastId } = await fixture.log.read(topic);
    let written = 0;
    const writer = (async () => {
      for (; written < 200; written++) {
        await fixture.log.append(topic, progressOf(jobId, written));
        // A log in the process never waits for anything, so let others have a turn.
        await new Promise((resolve) => setTimeout(resolve));
      }
    })();
    await eventually(() => written > 20, { intervalMs: 1 });
    const live: LoggedEvent[] = [];
    await fixture.log.subscribe(topic, (event) => event !== null && live.push(event));
    const page = await fixture.log.read(topic, lastId);
    await writer;
    await eventually(() => live.some((event) => percentOf(event) === 199));
    const seen = new Map([...page.events, ...live].map((event) => [event.id, percentOf(event)]));
    expect([...seen.values()]).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test("forgets a job that is removed, and takes a new log of it for a new one", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const ids = await appendMany(fixture.log, jobId, 1, 3);
    await fixture.log.remove(topic);
    expect(await fixture.log.read(topic, ids[0])).toMatchObject({ events: [], complete: false });
    await appendMany(fixture.log, jobId, 4, 8);
    expect(await fixture.log.read(topic, ids[0])).toMatchObject({ events: [], complete: false });
    await fixture.log.remove(jobTopic(newJobId()));
  });

  test("deletes the events of a job after its time", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    const [id] = await appendMany(fixture.log, jobId, 1, 2);
    await fixture.log.expire(topic, 3_600);
    expect(await fixture.log.read(topic, id)).toMatchObject({ complete: true });
    await fixture.log.expire(topic, 0);
    expect(await fixture.log.read(topic, id)).toMatchObject({ events: [], complete: false });
    await fixture.log.expire(jobTopic(newJobId()), 10);
  });

  test("answers a check, and refuses work after it was closed", async () => {
    await using fixture = await open();
    const jobId = newJobId();
    const topic = jobTopic(jobId);
    await fixture.log.check();
    await fixture.log.close();
    await expect(fixture.log.append(topic, progressOf(jobId, 1))).rejects.toMatchObject({ code: "unavailable" });
    await fixture.log.close();
  });
}
