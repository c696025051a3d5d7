import { describe, expect, test } from "bun:test";
import { Redis } from "ioredis";
import { AppError } from "../../errors/app-error.ts";
import type { Downloader, Probe } from "../../ports/downloader.ts";
import { eventually } from "../../testing/eventually.ts";
import { missingService, startRedis, useService } from "../../testing/services/index.ts";
import { systemClock } from "../system/clock.ts";
import { probeKeys } from "./probe-keys.ts";
import { type RedisProbeRelayOptions, redisProbeRelay } from "./probe-relay.ts";
import { takeScript } from "./probe-scripts.ts";
import { runScript } from "./script.ts";

const never = new AbortController().signal;
const url = "https://www.youtube.com/watch?v=abcdefghijk";

const playlist = (entries: number): Probe => ({
  kind: "playlist",
  id: "PL1",
  title: "T",
  channel: null,
  webpageUrl: "https://www.youtube.com/playlist?list=PL1",
  count: entries,
  entries: Array.from({ length: entries }, (_, index) => ({
    kind: "video" as const,
    id: `video-${index}`,
    url: `https://www.youtube.com/watch?v=video-${index}`,
    title: `A title that is about as long as titles usually are, number ${index}`,
    durationSeconds: 100,
  })),
  nextCursor: null,
});

/** Waits until it is told to stop, and rejects with the reason then. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

/** Relays of several processes, as it were: each with connections of its own, all with the same keys. */
async function openRelays(options: Partial<RedisProbeRelayOptions> = {}) {
  const address = options.url ?? (await useService("redis"));
  const prefix = `test-${crypto.randomUUID()}`;
  const redis = new Redis(address);
  const relays: ReturnType<typeof redisProbeRelay>[] = [];
  return {
    redis,
    prefix,
    keys: () => redis.keys(`${prefix}:*`),
    open(more: Partial<RedisProbeRelayOptions> = {}) {
      const relay = redisProbeRelay({ prefix, clock: systemClock, ...options, ...more, url: more.url ?? address });
      relays.push(relay);
      return relay;
    },
    async [Symbol.asyncDispose]() {
      for (const relay of relays) await relay.close();
      const keys = await redis.keys(`${prefix}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
    },
  };
}

describe.skipIf(missingService("redis") !== undefined)("redis probe relay", () => {
  test("one process answers what another asks, and nothing is left behind", async () => {
    await using opened = await openRelays();
    const asked: object[] = [];
    opened.open().serve(async (link, { signal: _, ...page }) => {
      asked.push({ url: link, ...page });
      return playlist(3);
    });
    const asker = opened.open();
    expect(await asker.ask(url, { signal: never, limit: 7, cursor: "14" })).toEqual(playlist(3));
    await asker.ask(url, { signal: never });
    expect(asked).toEqual([{ url, limit: 7, cursor: "14" }, { url }]);
    expect(await opened.keys()).toEqual([]);
  });

  test("many questions are spread over those who serve, each looked at once", async () => {
    await using opened = await openRelays();
    const counts = [0, 0];
    let busy = 0;
    let busiest = 0;
    for (const index of [0, 1]) {
      const answer: Downloader["probe"] = async (link) => {
        counts[index] = (counts[index] ?? 0) + 1;
        busiest = Math.max(busiest, ++busy);
        await systemClock.sleep(5);
        busy -= 1;
        return { ...playlist(1), webpageUrl: link } as Probe;
      };
      opened.open().serve(answer, { atOnce: 2 });
    }
    const asker = opened.open();
    const links = Array.from({ length: 40 }, (_, index) => `${url}&n=${index}`);
    const answers = await Promise.all(links.map((link) => asker.ask(link, { signal: never })));
    expect(answers.map((answer) => answer.kind === "playlist" && answer.webpageUrl)).toEqual(links);
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(40);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(busiest).toBeLessThanOrEqual(4);
  });

  test("questions of one holder leave a place for another's, and wait for their own", async () => {
    await using opened = await openRelays({ takeWithinMs: 60_000 });
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let slow = 0;
    opened.open().serve(
      async (link) => {
        if (!link.endsWith("mine")) {
          slow += 1;
          await held;
        }
        return playlist(1);
      },
      { atOnce: 3 },
    );
    const asker = opened.open();
    const links = Array.from({ length: 70 }, (_, index) => `${url}&n=${index}`);
    const greedy = Promise.all(links.map((link) => asker.ask(link, { signal: never, holder: "a" })));
    await eventually(() => slow === 2);
    expect(await opened.open().ask(`${url}&mine`, { signal: never, holder: "b" })).toEqual(playlist(1));
    expect(slow).toBe(2);
    letGo();
    expect(await greedy).toHaveLength(70);
    expect(slow).toBe(70);
  });

  test("an error arrives with its code, detail, hint and time of retry, but without its cause", async () => {
    await using opened = await openRelays();
    const retryAt = new Date("2030-01-02T03:04:05Z");
    opened.open().serve(() =>
      Promise.reject(
        new AppError("live_not_started", "It starts later.", {
          hint: "Wait.",
          retryAt,
          cause: new Error("proxy http://user:secret@host"),
        }),
      ),
    );
    const error = await opened
      .open()
      .ask(url, { signal: never })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "live_not_started", message: "It starts later.", hint: "Wait.", retryAt });
    expect((error as AppError).cause).toBeUndefined();
  });

  test("what is no error of ours becomes internal_error and says nothing of its inside", async () => {
    await using opened = await openRelays();
    opened.open().serve(() => Promise.reject(new TypeError("secret is not a function")));
    const error = await opened
      .open()
      .ask(url, { signal: never })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "internal_error" });
    expect(String(error)).not.toContain("secret");
  });

  test("a playlist of 10,000 entries gets through; an answer beyond the limit becomes an error with a hint", async () => {
    await using opened = await openRelays();
    const server = opened.open({ maxAnswerBytes: 2_500_000 });
    server.serve((_, { limit = 1 }) => Promise.resolve(playlist(limit)));
    const asker = opened.open();
    expect(await asker.ask(url, { signal: never, limit: 10_000 })).toEqual(playlist(10_000));
    const tooLarge = asker.ask(url, { signal: never, limit: 20_000 });
    await expect(tooLarge).rejects.toMatchObject({ code: "source_error", hint: expect.stringContaining("limit") });
  });

  test("a question that nobody takes is unavailable, and is gone", async () => {
    await using opened = await openRelays({ takeWithinMs: 50 });
    const question = opened.open().ask(url, { signal: never });
    await expect(question).rejects.toMatchObject({ code: "unavailable", message: "No worker answers." });
    const served: string[] = [];
    opened.open().serve(async (link) => {
      served.push(link);
      return playlist(0);
    });
    expect(await opened.open().ask(`${url}&t=2`, { signal: never })).toEqual(playlist(0));
    expect(served).toEqual([`${url}&t=2`]);
  });

  test("an asker that gives up stops the work on its question", async () => {
    await using opened = await openRelays({ holdMs: 80 });
    let stopped = false;
    let started = false;
    opened.open().serve((_, { signal }) => {
      started = true;
      signal.addEventListener("abort", () => {
        stopped = true;
      });
      return untilAborted(signal);
    });
    const stop = new AbortController();
    const question = opened.open().ask(url, { signal: stop.signal });
    question.catch(() => undefined);
    await eventually(() => started);
    stop.abort(new Error("gone"));
    await expect(question).rejects.toThrow("gone");
    await eventually(() => stopped);
  });

  test("a question whose worker dies is answered by another one", async () => {
    await using opened = await openRelays({ holdMs: 300 });
    const question = opened.open().ask(url, { signal: never });
    // Takes the question as a worker does, and is never heard of again.
    const { waiting, base } = probeKeys(opened.prefix);
    const take = () => runScript(opened.redis, takeScript, [waiting], [base, "dead-worker", 300]);
    await eventually(async () => (await take()) !== null);
    let answered = 0;
    opened.open().serve(async () => {
      answered += 1;
      return playlist(2);
    });
    expect(await question).toEqual(playlist(2));
    expect(answered).toBe(1);
  });

  test("stopping gives back what is under way: another worker answers it", async () => {
    await using opened = await openRelays({ holdMs: 60_000 });
    let started = false;
    const stop = opened.open().serve((_, { signal }) => {
      started = true;
      return untilAborted(signal);
    });
    const question = opened.open().ask(url, { signal: never });
    await eventually(() => started);
    opened.open().serve(async () => playlist(4));
    await stop();
    expect(await question).toEqual(playlist(4));
  });

  test("after Redis lost everything the question is asked again", async () => {
    await using redis = await startRedis();
    await using opened = await openRelays({ url: redis.url });
    const asker = opened.open();
    const question = asker.ask(url, { signal: never });
    await eventually(async () => (await opened.keys()).length > 0);
    await opened.redis.flushall();
    opened.open().serve(async () => playlist(5));
    expect(await question).toEqual(playlist(5));
  });

  test("without Redis it says unavailable", async () => {
    const relay = redisProbeRelay({ url: "redis://127.0.0.1:1", clock: systemClock });
    await expect(relay.ask(url, { signal: never })).rejects.toMatchObject({ code: "unavailable" });
    await relay.close();
  });

  test("a relay that closes rejects what it asks", async () => {
    await using opened = await openRelays();
    const relay = opened.open();
    const question = relay.ask(url, { signal: never });
    question.catch(() => undefined);
    await eventually(async () => (await opened.keys()).length > 0);
    await relay.close();
    await expect(question).rejects.toMatchObject({ code: "unavailable" });
  });
});
