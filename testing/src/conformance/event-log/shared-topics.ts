import { compareEventIds, type EventTopic, jobTopic } from "@vidferry/core";
import { eventually } from "../../eventually.ts";
import { jobOf, newJobId, progressOf } from "../sample-events.ts";
import type { EventLogSuite } from "./fixture.ts";

/** Topics of many jobs, such as all of an owner. */
export function sharedTopicsConformance({ test, expect, create }: EventLogSuite): void {
  const open = (maxEvents = 500, shared: { maxSharedEvents?: number; maxSharedSeconds?: number } = {}) =>
    create({ maxEvents, ...shared });
  const newOwner = (): EventTopic => `owner:${crypto.randomUUID()}`;

  test("one topic can carry many jobs: all of an owner's in one order, each without what is out of date", async () => {
    await using fixture = await open();
    const { log } = fixture;
    const topic = newOwner();
    const [one, two] = [newJobId(), newJobId()];
    const { lastId } = await log.read(topic);
    const heard: (string | undefined)[] = [];
    await log.subscribe(topic, (event) => heard.push(event?.id));
    const kept: string[] = [];
    for (const event of [jobOf(one, "running", 1), jobOf(two, "running", 3), jobOf(one, "canceled", 1)])
      kept.push(await log.append(topic, event));
    // The end of one job says nothing of another, and is not forgotten because of another's events.
    expect(await log.append(topic, progressOf(one, 20))).toBe(kept.at(-1) ?? "");
    expect(await log.append(topic, jobOf(two, "queued", 2))).toBe(kept.at(-1) ?? "");
    kept.push(await log.append(topic, jobOf(two, "succeeded", 3)));
    expect(await log.append(topic, jobOf(one, "running", 1))).toBe(kept.at(-1) ?? "");
    kept.push(await log.append(topic, jobOf(one, "queued", 1)));
    expect((await log.read(topic, lastId)).events.map(({ id }) => id)).toEqual(kept);
    await eventually(() => heard.length === kept.length);
    expect(heard).toEqual(kept);
    // The logs of the jobs themselves are others.
    expect((await log.read(jobTopic(one), (await log.read(jobTopic(one))).lastId)).events).toEqual([]);
    await log.append(jobTopic(one), jobOf(one, "running", 2));
    expect((await log.read(topic, kept.at(-1))).events).toEqual([]);
  });

  test("one topic of many jobs tells their progress and keeps none of it, so that it does not push out the rest", async () => {
    await using fixture = await open(500, { maxSharedEvents: 10 });
    const { log } = fixture;
    const topic = newOwner();
    const jobId = newJobId();
    const { lastId } = await log.read(topic);
    const heard: (string | undefined)[] = [];
    await log.subscribe(topic, (event) => heard.push(event?.id));
    const ids = [await log.append(topic, jobOf(jobId, "running", 1))];
    for (let percent = 1; percent <= 300; percent++) ids.push(await log.append(topic, progressOf(jobId, percent)));
    ids.push(await log.append(topic, jobOf(jobId, "succeeded", 1)));
    await eventually(() => heard.length === ids.length);
    expect(heard).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [index, id] of ids.entries())
      expect(index === 0 || compareEventIds(ids[index - 1] ?? "", id) < 0).toBe(true);
    const all = await log.read(topic, lastId);
    expect({ ...all, events: all.events.map(({ id }) => id) }).toEqual({
      events: [ids[0] as string, ids.at(-1) as string],
      complete: true,
      lastId: ids.at(-1) as string,
    });
    // From a progress too.
    const rest = await log.read(topic, ids[150]);
    expect({ complete: rest.complete, ids: rest.events.map(({ id }) => id) }).toEqual({
      complete: true,
      ids: [ids.at(-1) as string],
    });
    expect(await log.read(topic, ids.at(-1))).toMatchObject({ events: [], complete: true });
  });

  test("trims a topic of many jobs by number, and says so to whoever was in the trimmed part", async () => {
    await using fixture = await open(500, { maxSharedEvents: 10 });
    const { log } = fixture;
    const topic = newOwner();
    const { lastId } = await log.read(topic);
    const ids: string[] = [];
    for (let i = 0; i < 400; i++) {
      const jobId = newJobId();
      await log.append(topic, progressOf(jobId, 1));
      ids.push(await log.append(topic, jobOf(jobId, "succeeded", 1)));
    }
    for (const place of [lastId, ids[0], "", "nonsense", "0-1", "1-1", "9999999999999999-1", `${ids[0]}0000`]) {
      expect(await log.read(topic, place)).toEqual({ events: [], complete: false, lastId: ids.at(-1) ?? "" });
    }
    const recent = await log.read(topic, ids[394]);
    expect(recent.complete).toBe(true);
    expect(recent.events.map(({ id }) => id)).toEqual(ids.slice(395));
  });

  test("trims a topic of many jobs by age", async () => {
    await using fixture = await open(500, { maxSharedSeconds: 1 });
    const { log } = fixture;
    const topic = newOwner();
    const old = [
      await log.append(topic, jobOf(newJobId(), "succeeded", 1)),
      await log.append(topic, jobOf(newJobId(), "succeeded", 1)),
    ];
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const latest = await log.append(topic, jobOf(newJobId(), "succeeded", 1));
    expect(await log.read(topic, old[0])).toMatchObject({ events: [], complete: false });
    expect((await log.read(topic, old[1])).events.map(({ id }) => id)).toEqual([latest]);
  });

  test("reads a topic page by page, each once", async () => {
    await using fixture = await open();
    const { log } = fixture;
    const jobId = newJobId();
    for (const topic of [jobTopic(jobId), newOwner()]) {
      const { lastId } = await log.read(topic);
      const ids: string[] = [];
      for (let attempt = 1; attempt <= 7; attempt++)
        ids.push(await log.append(topic, jobOf(jobId, "running", attempt)));
      const seen: string[] = [];
      const sizes: number[] = [];
      for (let place = lastId; sizes.at(-1) !== 0; ) {
        const page = await log.read(topic, place, 3);
        expect(page.complete).toBe(true);
        seen.push(...page.events.map(({ id }) => id));
        sizes.push(page.events.length);
        place = page.lastId;
      }
      expect(sizes).toEqual([3, 3, 1, 0]);
      expect(seen).toEqual(ids);
    }
  });

  test("takes a topic of many jobs that was removed for a new one", async () => {
    await using fixture = await open();
    const { log } = fixture;
    const topic = newOwner();
    const id = await log.append(topic, jobOf(newJobId(), "succeeded", 1));
    await log.append(topic, jobOf(newJobId(), "succeeded", 1));
    await log.remove(topic);
    expect(await log.read(topic, id)).toMatchObject({ events: [], complete: false });
    await log.append(topic, jobOf(newJobId(), "succeeded", 1));
    expect(await log.read(topic, id)).toMatchObject({ events: [], complete: false });
  });

  test("keeps apart topics of different kinds with the same name", async () => {
    await using fixture = await open();
    const { log } = fixture;
    const jobId = newJobId();
    const topics: EventTopic[] = [jobTopic(jobId), `batch:${jobId}`, `owner:${jobId}`];
    const places = await Promise.all(topics.map((topic) => log.read(topic)));
    await log.append(topics[2] as EventTopic, jobOf(jobId, "running", 1));
    const counts = await Promise.all(
      topics.map(async (topic, i) => (await log.read(topic, places[i]?.lastId)).events.length),
    );
    expect(counts).toEqual([0, 0, 1]);
  });
}
