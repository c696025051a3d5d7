import type { Clock } from "@vidferry/core";
import type { TestKit } from "./test-kit.ts";

/** What the {@link Clock} suite needs. */
export interface ClockSuite extends TestKit {
  readonly name: string;
  readonly clock: Clock;
  /** Advances a held clock by this many milliseconds; absent: time passes by itself. */
  readonly advance?: (ms: number) => void;
}

const aYearMs = 365 * 86_400_000;
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => null).catch((error: unknown) => error);

/** What every {@link Clock} must do. */
export function clockConformance({ describe, test, expect, name, clock, advance }: ClockSuite): void {
  describe(`clock: ${name}`, () => {
    /** Sleeps, and sees to it that the time passes. */
    const sleepFor = async (ms: number, signal?: AbortSignal) => {
      const sleeping = clock.sleep(ms, signal);
      advance?.(ms);
      await sleeping;
    };

    test("tells a time that does not go back, in a Date of the caller's own", () => {
      const first = clock.now();
      const time = first.getTime();
      first.setTime(0);
      expect(clock.now().getTime()).toBeGreaterThanOrEqual(time);
    });

    test("sleeps as long as it is told to, and not at all for nothing", async () => {
      const before = clock.now().getTime();
      await sleepFor(50);
      // Timers and clocks count in whole milliseconds, each rounding on its own.
      expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(48);
      await clock.sleep(0);
      await clock.sleep(-1);
    });

    test("ends a sleep with the signal's reason, also when it was aborted before", async () => {
      const abort = new AbortController();
      const reason = new Error("enough");
      const sleeping = caught(clock.sleep(aYearMs, abort.signal));
      abort.abort(reason);
      expect(await sleeping).toBe(reason);
      expect(await caught(clock.sleep(aYearMs, abort.signal))).toBe(reason);
      expect(await caught(clock.sleep(0, abort.signal))).toBe(reason);
    });

    test("does not end a sleep early because it is longer than a timer can hold", async () => {
      const abort = new AbortController();
      let ended = false;
      const sleeping = clock.sleep(aYearMs, abort.signal).then(
        () => {
          ended = true;
        },
        () => undefined,
      );
      await sleepFor(20);
      expect(ended).toBe(false);
      abort.abort();
      await sleeping;
    });

    test("a finished sleep leaves no listener on a long-lived signal", async () => {
      const { signal } = new AbortController();
      const listeners = new Set<unknown>();
      const { addEventListener, removeEventListener } = signal;
      signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        listeners.add(args[1]);
        addEventListener.apply(signal, args);
      };
      signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        listeners.delete(args[1]);
        removeEventListener.apply(signal, args);
      };
      await sleepFor(1, signal);
      expect(listeners.size).toBe(0);
    });
  });
}
