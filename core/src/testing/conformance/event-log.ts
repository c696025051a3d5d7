import type { EventLog } from "../../jobs/event-log.ts";
import type { JobEvent, LoggedEvent } from "../../jobs/events.ts";
import { noProgress } from "../../jobs/job.ts";
import type { JobResource } from "../../jobs/resource.ts";
import type { JobState } from "../../jobs/states.ts";
import type { JobId } from "../../runtime/ids.ts";
import { eventually } from "../eventually.ts";
import type { TestKit } from "./test-kit.ts";

/** A log under test. */
export interface EventLogFixture extends AsyncDisposable {
  readonly log: EventLog;
}

/** What the {@link EventLog} suite needs. */
export interface EventLogSuite extends TestKit {
  readonly name: string;
  create(options: { readonly maxEvents: number }): Promise<EventLogFixture>;
}

/** A job id that nothing else uses. */
export function newJobId(): JobId {
  return `job_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** A progress event; `percent` tells one from another. */
export function progressOf(jobId: JobId, percent: number): JobEvent {
  return {
    type: "progress",
    data: { jobId, attempt: 1, stage: "downloading", progress: { ...noProgress, percent } },
  };
}

/** A `job` event of a job in this state. */
export function jobOf(jobId: JobId, state: JobState, attempt: number): JobEvent {
  // A log looks at these alone.
  return { type: "job", data: { id: jobId, state, attempt } as JobResource };
}

const percentOf = (event: LoggedEvent | null): number | null =>
  event?.type === "progress" ? event.data.progress.percent : null;

/** What every {@link EventLog} must do. */
export function eventLogConformance({ describe, test, expect, name, create }: EventLogSuite): void {
  describe(`event log: ${name}`, () => {
    const open = (maxEvents = 500) => create({ maxEvents });
    const appendMany = async (log: EventLog, jobId: JobId, from: number, to: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let i = from; i <= to; i++) ids.push(await log.append(jobId, progressOf(jobId, i)));
      return ids;
    };

    test("reads what came after a place, in order and as it was appended", async () => {
      await using fixture = await open();
      const jobId = newJobId();
      const ids = await appendMany(fixture.log, jobId, 1, 5);
      expect(new Set(ids).size).toBe(5);
      const page = await fixture.log.read(jobId, ids[1]);
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
        const heard: (string | undefined)[] = [];
        await log.subscribe(jobId, (event) => heard.push(event?.id));
        const running = await log.append(jobId, jobOf(jobId, "running", 1));
        const over = await log.append(jobId, jobOf(jobId, state, 1));
        expect(await log.append(jobId, progressOf(jobId, 50))).toBe(over);
        expect(await log.append(jobId, jobOf(jobId, "running", 1))).toBe(over);
        expect(await log.read(jobId, running)).toMatchObject({ events: [{ data: { state } }], lastId: over });
        const again = await log.append(jobId, jobOf(jobId, "queued", 1));
        const next = await log.append(jobId, jobOf(jobId, "running", 2));
        expect((await log.read(jobId, over)).events.map(({ id }) => id)).toEqual([again, next]);
        await eventually(() => heard.at(-1) === next);
        expect(heard).toEqual([running, over, again, next]);
      },
    );

    test("names the newest place when none is given, and nothing comes after it", async () => {
      await using fixture = await open();
      const jobId = newJobId();
      await appendMany(fixture.log, jobId, 1, 3);
      const { events, complete, lastId } = await fixture.log.read(jobId);
      expect({ events, complete }).toEqual({ events: [], complete: true });
      expect(await fixture.log.read(jobId, lastId)).toEqual({ events: [], complete: true, lastId });
    });

    test("has a place for an empty log, after which everything comes", async () => {
      await using fixture = await open();
      const jobId = newJobId();
      const { lastId } = await fixture.log.read(jobId);
      expect(await fixture.log.read(jobId, lastId)).toMatchObject({ events: [], complete: true });
      await appendMany(fixture.log, jobId, 1, 2);
      const page = await fixture.log.read(jobId, lastId);
      expect(page.complete).toBe(true);
      expect(page.events.map(percentOf)).toEqual([1, 2]);
    });

    test("says that places it does not know are not complete", async () => {
      await using fixture = await open();
      const jobId = newJobId();
      const [id = ""] = await appendMany(fixture.log, jobId, 1, 1);
      const unknown = [
        "",
        "nonsense",
        "1-1",
        "9999999999999999-1",
        `${id}0000`,
        `${id} `,
        "-",
        "🎬",
        "0".repeat(10_000),
      ];
      for (const place of unknown) {
        expect(await fixture.log.read(jobId, place)).toEqual({ events: [], complete: false, lastId: id });
      }
    });

    test("keeps logs of different jobs apart", async () => {
      await using fixture = await open();
      const [one, two] = [newJobId(), newJobId()];
      const before = await fixture.log.read(two);
      await appendMany(fixture.log, one, 1, 3);
      await appendMany(fixture.log, two, 9, 9);
      expect((await fixture.log.read(two, before.lastId)).events.map(percentOf)).toEqual([9]);
    });

    test("trims old events, and says so to whoever was in the trimmed part", async () => {
      await using fixture = await open(10);
      const jobId = newJobId();
      const start = await fixture.log.read(jobId);
      const ids = await appendMany(fixture.log, jobId, 1, 400);
      expect(await fixture.log.read(jobId, ids[0])).toMatchObject({ events: [], complete: false });
      expect(await fixture.log.read(jobId, start.lastId)).toMatchObject({ events: [], complete: false });
      const recent = await fixture.log.read(jobId, ids[394]);
      expect(recent.complete).toBe(true);
      expect(recent.events.map(percentOf)).toEqual([396, 397, 398, 399, 400]);
    });

    test("numbers events in the order of the calls", async () => {
      await using fixture = await open();
      const jobId = newJobId();
      const { lastId } = await fixture.log.read(jobId);
      const ids = await Promise.all(
        Array.from({ length: 300 }, (_, i) => fixture.log.append(jobId, progressOf(jobId, i))),
      );
      const page = await fixture.log.read(jobId, lastId);
      expect(page.events.map((event) => event.id)).toEqual(ids);
      expect(page.events.map(percentOf)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    });

    test("calls listeners with each event of their job, in order, until they stop", async () => {
      await using fixture = await open();
      const [jobId, other] = [newJobId(), newJobId()];
      const [one, two]: [(LoggedEvent | null)[], (LoggedEvent | null)[]] = [[], []];
      const stopOne = await fixture.log.subscribe(jobId, (event) => one.push(event));
      await fixture.log.subscribe(jobId, (event) => two.push(event));
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
      const { lastId } = await fixture.log.read(jobId);
      let written = 0;
      const writer = (async () => {
        for (; written < 200; written++) {
          await fixture.log.append(jobId, progressOf(jobId, written));
          // A log in the process never waits for anything, so let others have a turn.
          await new Promise((resolve) => setTimeout(resolve));
        }
      })();
      await eventually(() => written > 20, { intervalMs: 1 });
      const live: LoggedEvent[] = [];
      await fixture.log.subscribe(jobId, (event) => event !== null && live.push(event));
      const page = await fixture.log.read(jobId, lastId);
      await writer;
      await eventually(() => live.some((event) => percentOf(event) === 199));
      const seen = new Map([...page.events, ...live].map((event) => [event.id, percentOf(event)]));
      expect([...seen.values()]).toEqual(Array.from({ length: 200 }, (_, i) => i));
    });

    test("forgets a job that is removed, and takes a new log of it for a new one", async () => {
      await using fixture = await open();
      const jobId = newJobId();
      const ids = await appendMany(fixture.log, jobId, 1, 3);
      await fixture.log.remove(jobId);
      expect(await fixture.log.read(jobId, ids[0])).toMatchObject({ events: [], complete: false });
      await appendMany(fixture.log, jobId, 4, 8);
      expect(await fixture.log.read(jobId, ids[0])).toMatchObject({ events: [], complete: false });
      await fixture.log.remove(newJobId());
    });

    test("deletes the events of a job after its time", async () => {
      await using fixture = await open();
      const jobId = newJobId();
      const [id] = await appendMany(fixture.log, jobId, 1, 2);
      await fixture.log.expire(jobId, 3_600);
      expect(await fixture.log.read(jobId, id)).toMatchObject({ complete: true });
      await fixture.log.expire(jobId, 0);
      expect(await fixture.log.read(jobId, id)).toMatchObject({ events: [], complete: false });
      await fixture.log.expire(newJobId(), 10);
    });

    test("answers a check, and refuses work after it was closed", async () => {
      await using fixture = await open();
      const jobId = newJobId();
      await fixture.log.check();
      await fixture.log.close();
      await expect(fixture.log.append(jobId, progressOf(jobId, 1))).rejects.toMatchObject({ code: "unavailable" });
      await fixture.log.close();
    });
  });
}
