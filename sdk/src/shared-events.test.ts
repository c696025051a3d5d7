import { describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { startHarness } from "../../api/src/testing/live-server.ts";
import { makeJob } from "../../api/src/testing/samples.ts";
import { toJobResource } from "../../core/src/index.ts";
import { createSharedEvents } from "./shared-events.ts";
import { jobEvent, progressEvent } from "./testing/sample-job.ts";
import type { DownloadEvent, OwnerEvent } from "./types.ts";
import { Vidferry } from "./vidferry.ts";

const snapshot: OwnerEvent = { id: "9", type: "snapshot", data: { jobs: 0, complete: true } };

/** A stream of all jobs that a test writes, and what followers do with it. */
function scene() {
  const state = { opened: 0, ended: 0, looks: 0 };
  let push: (event: OwnerEvent | Error | null) => void = () => undefined;
  const follow = createSharedEvents(async function* (signal) {
    state.opened++;
    const queue: (OwnerEvent | Error | null)[] = [];
    let wake = (): void => undefined;
    push = (event) => {
      queue.push(event);
      wake();
    };
    signal.addEventListener("abort", () => push(null));
    try {
      for (;;) {
        const event = queue.shift();
        if (event === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else if (event === null) return;
        else if (event instanceof Error) throw event;
        else yield event;
      }
    } finally {
      state.ended++;
    }
  });
  const open = (id: string, signal = new AbortController().signal) =>
    follow<DownloadEvent>(
      {
        id,
        own: async function* () {
          yield jobEvent("own", { id });
          await new Promise(() => undefined);
        },
        look: async () => {
          state.looks++;
          return jobEvent("look", { id });
        },
      },
      signal,
    );
  return { state, open, push: (event: OwnerEvent | Error | null) => push(event) };
}

/** What a follower is told next, in short. */
const next = async (events: AsyncGenerator<DownloadEvent, void, void>): Promise<string> => {
  const { value } = await events.next();
  return value === undefined ? "end" : `${value.id} ${value.type === "job" ? value.data.id : value.data.jobId}`;
};

describe("waits of one client", () => {
  test("follow in one stream while another one follows alone, each what is its own", async () => {
    const { state, open, push } = scene();
    expect(await next(open("job_1"))).toBe("own job_1");
    const [two, three] = [open("job_2"), open("job_3")];
    const first = [next(two), next(three)];
    await eventually(() => state.opened === 1 || undefined);
    push(jobEvent("1", { id: "job_3" }));
    // What ended before the stream began is in none of its events.
    push(snapshot);
    push({ id: "2", type: "batch", data: { id: "bat_1" } as never });
    push(progressEvent("3", 50));
    expect(await Promise.all(first)).toEqual(["look job_2", "1 job_3"]);
    expect(await next(three)).toBe("look job_3");
    // Who comes later looks at once, in the same stream.
    expect(await next(open("job_4"))).toBe("look job_4");
    expect(state).toMatchObject({ opened: 1, looks: 3 });
  });

  test("end the stream when the last has left, and begin another one later", async () => {
    const { state, open, push } = scene();
    void open("job_1").next();
    const abort = new AbortController();
    const [two, three] = [open("job_2", abort.signal), open("job_3")];
    const waiting = [next(two), next(three)];
    await eventually(() => state.opened === 1 || undefined);
    abort.abort(new Error("enough"));
    await expect(waiting[0]).rejects.toThrow("enough");
    expect(state.ended).toBe(0);
    push(snapshot);
    await waiting[1];
    await three.return();
    await eventually(() => state.ended === 1 || undefined);
    const later = next(open("job_5"));
    await eventually(() => state.opened === 2 || undefined);
    push(snapshot);
    expect(await later).toBe("look job_5");
  });

  test("are told when the stream ends or fails, and begin another one", async () => {
    const { state, open, push } = scene();
    void open("job_1").next();
    for (const [index, how] of [null, new Error("broken")].entries()) {
      const waiting = next(open("job_2"));
      await eventually(() => state.opened === index + 1 || undefined);
      push(how);
      expect(await waiting).toBe("end");
    }
  });

  test("take two connections, however many they are", async () => {
    const { service, url } = await startHarness();
    const jobs = Array.from({ length: 6 }, (_, index) => makeJob(index + 1, { state: "running" }));
    for (const job of jobs) service.jobs.set(job.id, job);
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      end = () => resolve();
    });
    let most = 0;
    const finish = (job: (typeof jobs)[number]) => {
      const ended = { ...job, state: "succeeded" as const };
      service.jobs.set(job.id, ended);
      return { id: "2-0", type: "job" as const, data: toJobResource(ended) };
    };
    service.onFollow = async function* (id) {
      const job = jobs.find((one) => one.id === id);
      if (job === undefined) return;
      yield { id: "1-0", type: "job", data: toJobResource(job) };
      await over;
      yield finish(job);
    };
    service.onFollowAll = async function* () {
      for (const job of jobs) yield { id: "1-0", type: "job", data: toJobResource(job) };
      yield { id: "1-0", type: "snapshot", data: { jobs: 6, complete: true } };
      await over;
      for (const job of jobs.slice(1)) yield finish(job);
    };
    const vidferry = new Vidferry({ baseUrl: url });
    let told = 0;
    const onProgress = () => {
      told++;
      most = Math.max(most, service.following.count);
      if (told >= 6) end();
    };
    const ended = await Promise.all(jobs.map(({ id }) => vidferry.downloads.wait(id, { onProgress })));
    expect(ended.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => "succeeded"));
    expect(most).toBe(2);
    await eventually(() => service.following.count === 0 || undefined);
  });
});
