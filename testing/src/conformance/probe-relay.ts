import type { Probe, ProbeLink, ProbeRelay } from "@vidferry/core";
import { AppError } from "@vidferry/core";
import { eventually } from "../eventually.ts";
import type { TestKit } from "./test-kit.ts";

/** How the relays of a fixture are set up; what is absent is the adapter's default. */
export interface ProbeRelayLimits {
  /** A request that no process takes within this time is `unavailable`. */
  readonly takeWithinMs?: number;
  /** A process that took a request and sends no heartbeat for this long counts as dead. */
  readonly holdMs?: number;
  /** Longest answer. */
  readonly maxAnswerBytes?: number;
}

/** Relays under test, without pending requests. */
export interface ProbeRelayFixture extends AsyncDisposable {
  /** A relay as another process would have it, on the same backing service as the others of this fixture. */
  open(): ProbeRelay;
  /** Takes the oldest request, as a process that dies right afterwards. False: none is waiting. */
  takeAndDie(): Promise<boolean>;
}

/** What the {@link ProbeRelay} suite needs. */
export interface ProbeRelaySuite extends TestKit {
  readonly name: string;
  create(limits: ProbeRelayLimits): Promise<ProbeRelayFixture>;
}

const never = new AbortController().signal;
const url = "https://www.youtube.com/watch?v=abcdefghijk";

/** An answer with this many entries. */
export const playlistOf = (entries: number): Extract<Probe, { kind: "playlist" }> => ({
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
    uploadedAt: null,
    unavailable: null,
  })),
  nextCursor: null,
});

/** An answer that never arrives: it rejects when its signal aborts. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/** Says when it is asked for the first time, then never answers; `stopped` tells that its signal aborted. */
function stuckAnswer() {
  const state = { started: false, stopped: false };
  const answer: ProbeLink = (_, { signal }) => {
    state.started = true;
    return untilAborted(signal).finally(() => {
      state.stopped = true;
    });
  };
  return { state, answer };
}

/** What every {@link ProbeRelay} must do. */
export function probeRelayConformance({ describe, test, expect, name, create }: ProbeRelaySuite): void {
  describe(`probe relay: ${name}`, () => {
    const failureOf = (asked: Promise<unknown>): Promise<unknown> =>
      asked.then(
        () => "it was answered",
        (reason: unknown) => reason,
      );

    test("one process answers what another asks, with the page that it asks for", async () => {
      await using fixture = await create({});
      const asked: object[] = [];
      fixture.open().serve(async (link, { signal: _, ...rest }) => {
        asked.push({ url: link, ...rest });
        return playlistOf(3);
      });
      const asker = fixture.open();
      const page = {
        limit: 7,
        cursor: "14",
        holder: "a key of ada",
        owner: "ada",
        through: "home",
        reuse: "never",
      } as const;
      expect(await asker.ask(url, { signal: never, ...page })).toEqual(playlistOf(3));
      await asker.ask(`${url}&t=\u{1F3AC}"\\\n`, { signal: never });
      expect(asked).toEqual([{ url, ...page }, { url: `${url}&t=\u{1F3AC}"\\\n` }]);
    });

    test("the process that serves may ask as well", async () => {
      await using fixture = await create({});
      const relay = fixture.open();
      relay.serve(async () => playlistOf(1));
      expect(await relay.ask(url, { signal: never })).toEqual(playlistOf(1));
    });

    test("no answer is kept for a later question about the same link", async () => {
      await using fixture = await create({});
      let looked = 0;
      fixture.open().serve(async () => playlistOf(++looked));
      const asker = fixture.open();
      expect(await asker.ask(url, { signal: never })).toEqual(playlistOf(1));
      expect(await asker.ask(url, { signal: never })).toEqual(playlistOf(2));
    });

    test("many questions are spread over those who serve, each looked at once", async () => {
      await using fixture = await create({ takeWithinMs: 60_000 });
      const counts = [0, 0];
      let busy = 0;
      let busiest = 0;
      for (const index of [0, 1]) {
        const answer: ProbeLink = async (link) => {
          counts[index] = (counts[index] ?? 0) + 1;
          busiest = Math.max(busiest, ++busy);
          await new Promise((resolve) => setTimeout(resolve, 5));
          busy -= 1;
          return { ...playlistOf(1), webpageUrl: link };
        };
        fixture.open().serve(answer, { atOnce: 2 });
      }
      const asker = fixture.open();
      const links = Array.from({ length: 40 }, (_, index) => `${url}&n=${index}`);
      const answers = await Promise.all(links.map((link) => asker.ask(link, { signal: never })));
      expect(answers.map((answer) => answer.kind === "playlist" && answer.webpageUrl)).toEqual(links);
      expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(40);
      expect(Math.min(...counts)).toBeGreaterThan(0);
      expect(busiest).toBeLessThanOrEqual(4);
    });

    test("questions of one holder leave a place for another's, and wait for their own", async () => {
      await using fixture = await create({ takeWithinMs: 60_000 });
      const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
      let slow = 0;
      fixture.open().serve(
        async (link) => {
          if (!link.endsWith("mine")) {
            slow += 1;
            await held;
          }
          return playlistOf(1);
        },
        { atOnce: 3 },
      );
      const asker = fixture.open();
      const links = Array.from({ length: 70 }, (_, index) => `${url}&n=${index}`);
      const greedy = Promise.all(links.map((link) => asker.ask(link, { signal: never, holder: "a" })));
      await eventually(() => slow === 2);
      expect(await fixture.open().ask(`${url}&mine`, { signal: never, holder: "b" })).toEqual(playlistOf(1));
      expect(slow).toBe(2);
      letGo();
      expect(await greedy).toHaveLength(70);
      expect(slow).toBe(70);
    });

    test("an error arrives with its code, detail, hint and time of retry, but without its cause", async () => {
      await using fixture = await create({});
      const retryAt = new Date("2030-01-02T03:04:05Z");
      const cause = new Error("proxy http://user:secret@host");
      fixture
        .open()
        .serve(() =>
          Promise.reject(new AppError("live_not_started", "It starts later.", { hint: "Wait.", retryAt, cause })),
        );
      const error = await failureOf(fixture.open().ask(url, { signal: never }));
      expect(error).toMatchObject({ code: "live_not_started", message: "It starts later.", hint: "Wait.", retryAt });
      expect((error as AppError).cause).toBeUndefined();
    });

    test("what is no error of ours becomes internal_error and says nothing of its inside", async () => {
      await using fixture = await create({});
      fixture.open().serve(() => Promise.reject(new TypeError("secret is not a function")));
      const error = await failureOf(fixture.open().ask(url, { signal: never }));
      expect(error).toMatchObject({ code: "internal_error" });
      expect(String(error)).not.toContain("secret");
    });

    test("a playlist of 10,000 entries gets through; an answer beyond the limit becomes an error with a hint", async () => {
      await using fixture = await create({ maxAnswerBytes: 2_500_000 });
      fixture.open().serve((_, { limit = 1 }) => Promise.resolve(playlistOf(limit)));
      const asker = fixture.open();
      expect(await asker.ask(url, { signal: never, limit: 10_000 })).toEqual(playlistOf(10_000));
      const tooLarge = asker.ask(url, { signal: never, limit: 20_000 });
      await expect(tooLarge).rejects.toMatchObject({ code: "source_error", hint: expect.stringContaining("limit") });
    });

    test("a question that nobody takes is unavailable, and is gone", async () => {
      await using fixture = await create({ takeWithinMs: 50 });
      const question = fixture.open().ask(url, { signal: never });
      await expect(question).rejects.toMatchObject({ code: "unavailable", message: "No worker answers." });
      expect(await fixture.takeAndDie()).toBe(false);
    });

    test("a question that is aborted before it is asked rejects with the reason, and nobody looks at it", async () => {
      await using fixture = await create({});
      await expect(fixture.open().ask(url, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
      expect(await fixture.takeAndDie()).toBe(false);
    });

    test("an asker that gives up stops the work on its question alone", async () => {
      await using fixture = await create({ holdMs: 300 });
      const stuck = stuckAnswer();
      const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
      let other = false;
      fixture.open().serve(async (link, options) => {
        if (link === url) return stuck.answer(link, options);
        other = true;
        await held;
        options.signal.throwIfAborted();
        return playlistOf(1);
      });
      const asker = fixture.open();
      const stop = new AbortController();
      const givenUp = failureOf(asker.ask(url, { signal: stop.signal, holder: "a" }));
      const kept = asker.ask(`${url}&kept`, { signal: never, holder: "b" });
      await eventually(() => stuck.state.started && other);
      const reason = new Error("gone");
      stop.abort(reason);
      expect(await givenUp).toBe(reason);
      await eventually(() => stuck.state.stopped);
      letGo();
      expect(await kept).toEqual(playlistOf(1));
    });

    test("a question whose process dies is answered by another one", async () => {
      await using fixture = await create({ holdMs: 300 });
      const question = fixture.open().ask(url, { signal: never });
      await eventually(() => fixture.takeAndDie());
      let answered = 0;
      fixture.open().serve(async () => {
        answered += 1;
        return playlistOf(2);
      });
      expect(await question).toEqual(playlistOf(2));
      expect(answered).toBe(1);
    });

    test("a question over which three processes die is given up", async () => {
      await using fixture = await create({ holdMs: 50, takeWithinMs: 60_000 });
      const failure = failureOf(fixture.open().ask(url, { signal: never }));
      for (let death = 1; death <= 3; death++) await eventually(() => fixture.takeAndDie());
      expect(await failure).toMatchObject({ code: "unavailable" });
    });

    test("stopping gives back what is under way: another process answers it", async () => {
      await using fixture = await create({ holdMs: 60_000 });
      const stuck = stuckAnswer();
      const stop = fixture.open().serve(stuck.answer);
      const question = fixture.open().ask(url, { signal: never });
      await eventually(() => stuck.state.started);
      fixture.open().serve(async () => playlistOf(4));
      await stop();
      expect(stuck.state.stopped).toBe(true);
      expect(await question).toEqual(playlistOf(4));
      await stop();
    });

    test("a relay that closes gives back what it looks at, and rejects what it asks", async () => {
      await using fixture = await create({ holdMs: 60_000, takeWithinMs: 60_000 });
      const stuck = stuckAnswer();
      const closing = fixture.open();
      closing.serve(stuck.answer);
      const question = fixture.open().ask(url, { signal: never });
      await eventually(() => stuck.state.started);
      const own = failureOf(closing.ask(`${url}&own`, { signal: never }));
      await closing.close();
      expect(await own).toMatchObject({ code: "unavailable" });
      await expect(closing.ask(url, { signal: never })).rejects.toMatchObject({ code: "unavailable" });
      await closing.close();
      fixture.open().serve(async () => playlistOf(5));
      expect(await question).toEqual(playlistOf(5));
    });
  });
}
