import { describe, expect, test } from "bun:test";
import { eventLogConformance, newJobId, progressOf } from "@vidferry/testing/conformance";
import { jobTopic } from "../../jobs/event-log.ts";
import { systemClock } from "../system/clock.ts";
import { memoryEventLog } from "./event-log.ts";

eventLogConformance({
  describe,
  test,
  expect,
  name: "memory",
  async create(options) {
    const log = memoryEventLog({ clock: systemClock, ...options });
    return { log, [Symbol.asyncDispose]: () => log.close() };
  },
});

describe("memory event log", () => {
  test("takes a place from before a restart of the process for unknown", async () => {
    const jobId = newJobId();
    const before = memoryEventLog({ clock: systemClock });
    const id = await before.append(jobTopic(jobId), progressOf(jobId, 1));
    const after = memoryEventLog({ clock: systemClock });
    await after.append(jobTopic(jobId), progressOf(jobId, 2));
    await after.append(jobTopic(jobId), progressOf(jobId, 3));
    expect(await after.read(jobTopic(jobId), id)).toMatchObject({ events: [], complete: false });
  });

  test("forgets the topic that was quiet for longest when there are too many", async () => {
    const log = memoryEventLog({ clock: systemClock, maxTopics: 2 });
    const [one, two, three] = [newJobId(), newJobId(), newJobId()];
    const first = await log.append(jobTopic(one), progressOf(one, 1));
    const second = await log.append(jobTopic(two), progressOf(two, 1));
    await log.append(jobTopic(two), progressOf(two, 2));
    await log.append(jobTopic(one), progressOf(one, 2));
    await log.append(jobTopic(three), progressOf(three, 1));
    expect(await log.read(jobTopic(two), second)).toMatchObject({ complete: false });
    expect((await log.read(jobTopic(one), first)).events).toHaveLength(1);
  });

  test("forgets the topics that were quiet for longest when there are too many events of all together", async () => {
    const log = memoryEventLog({ clock: systemClock, maxTotalEvents: 4 });
    const [one, two, three] = [newJobId(), newJobId(), newJobId()];
    const first = await log.append(jobTopic(one), progressOf(one, 1));
    await log.append(jobTopic(one), progressOf(one, 2));
    const second = await log.append(jobTopic(two), progressOf(two, 1));
    await log.append(jobTopic(two), progressOf(two, 2));
    expect((await log.read(jobTopic(one), first)).events).toHaveLength(1);
    await log.append(jobTopic(three), progressOf(three, 1));
    expect(await log.read(jobTopic(one), first)).toMatchObject({ events: [], complete: false });
    expect((await log.read(jobTopic(two), second)).events).toHaveLength(1);
    // Room that a topic leaves is room for others.
    await log.remove(jobTopic(three));
    await log.append(jobTopic(two), progressOf(two, 3));
    await log.append(jobTopic(two), progressOf(two, 4));
    expect((await log.read(jobTopic(two), second)).events).toHaveLength(3);
    // A busy topic alone is not forgotten: it is trimmed by its own limit.
    await log.append(jobTopic(two), progressOf(two, 5));
    expect((await log.read(jobTopic(two), second)).events).toHaveLength(4);
  });

  test("counts what was due while nobody looked as gone, by its clock", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const log = memoryEventLog({ clock: { now: () => new Date(now), sleep: systemClock.sleep } });
    const jobId = newJobId();
    const id = await log.append(jobTopic(jobId), progressOf(jobId, 1));
    await log.append(jobTopic(jobId), progressOf(jobId, 2));
    await log.expire(jobTopic(jobId), 60);
    now += 59_000;
    expect(await log.read(jobTopic(jobId), id)).toMatchObject({ complete: true });
    now += 2_000;
    expect(await log.read(jobTopic(jobId), id)).toMatchObject({ complete: false });
    await log.close();
  });
});
