import type { ControlSignal, Signals } from "@vidferry/core";
import { eventually } from "../eventually.ts";
import { newJobId } from "./sample-events.ts";
import type { TestKit } from "./test-kit.ts";

/** Signals under test, with no other users. */
export interface SignalsFixture extends AsyncDisposable {
  readonly signals: Signals;
  /** The same from another process, where the adapter reaches others; else the same object. */
  readonly elsewhere: Signals;
}

/** What the {@link Signals} suite needs. */
export interface SignalsSuite extends TestKit {
  readonly name: string;
  create(): Promise<SignalsFixture>;
}

/** What every {@link Signals} must do. */
export function signalsConformance({ describe, test, expect, name, create }: SignalsSuite): void {
  describe(`signals: ${name}`, () => {
    /** Sends until it is received: a subscription need not take effect at once, and signals are not stored. */
    const sendUntil = async (signals: Signals, signal: ControlSignal, isHeard: () => boolean): Promise<void> => {
      await eventually(async () => {
        await signals.send(signal);
        return isHeard();
      });
    };
    const isSame = (a: ControlSignal, b: ControlSignal): boolean => JSON.stringify(a) === JSON.stringify(b);

    test.each([
      { type: "stop", jobId: newJobId() },
      { type: "finish", jobId: newJobId() },
      { type: "drain", host: "here" },
      { type: "drain", host: null },
      { type: "log-level", level: "debug" },
      { type: "log-level", level: null },
    ] as const)("carries a signal to listeners here and elsewhere: %j", async (signal) => {
      await using fixture = await create();
      const [here, elsewhere]: [ControlSignal[], ControlSignal[]] = [[], []];
      fixture.signals.listen((heard) => here.push(heard));
      fixture.elsewhere.listen((heard) => elsewhere.push(heard));
      await sendUntil(fixture.signals, signal, () => here.length > 0 && elsewhere.length > 0);
      expect([here[0], elsewhere[0]]).toEqual([signal, signal]);
    });

    test("calls all listeners, in the order in which one process sent", async () => {
      await using fixture = await create();
      const [one, two]: [ControlSignal[], ControlSignal[]] = [[], []];
      fixture.signals.listen((heard) => one.push(heard));
      fixture.signals.listen((heard) => two.push(heard));
      const marker: ControlSignal = { type: "drain", host: "marker" };
      await sendUntil(fixture.elsewhere, marker, () => one.length > 0 && two.length > 0);
      const sent: ControlSignal[] = Array.from({ length: 50 }, () => ({ type: "stop", jobId: newJobId() }));
      for (const signal of sent) await fixture.elsewhere.send(signal);
      const last = sent.at(-1) ?? marker;
      await eventually(() => [one, two].every((heard) => isSame(heard.at(-1) ?? marker, last)));
      const stops = (heard: readonly ControlSignal[]) => heard.filter(({ type }) => type === "stop");
      expect(stops(one)).toEqual(sent);
      expect(stops(two)).toEqual(sent);
    });

    test("calls a listener no more once it has stopped, and one that listens twice until both have", async () => {
      await using fixture = await create();
      let calls = 0;
      const others: ControlSignal[] = [];
      const count = () => {
        calls += 1;
      };
      const stops = [fixture.signals.listen(count), fixture.signals.listen(count)];
      fixture.signals.listen((heard) => others.push(heard));
      const first: ControlSignal = { type: "drain", host: "first" };
      await sendUntil(fixture.signals, first, () => calls >= 2 && others.length > 0);
      stops[0]?.();
      stops[0]?.();
      await sendUntil(fixture.signals, { type: "drain", host: "second" }, () => others.some((o) => !isSame(o, first)));
      const before = calls;
      const second = others.length;
      await sendUntil(fixture.signals, { type: "drain", host: "second" }, () => others.length > second);
      expect(calls).toBeGreaterThan(before);
      stops[1]?.();
      const after = calls;
      const third: ControlSignal = { type: "drain", host: "third" };
      await sendUntil(fixture.signals, third, () => others.some((heard) => isSame(heard, third)));
      expect(calls).toBe(after);
    });

    test("sends to nobody, and says nothing any more once it is closed", async () => {
      await using fixture = await create();
      const signal: ControlSignal = { type: "stop", jobId: newJobId() };
      await fixture.signals.send(signal);
      const heard: ControlSignal[] = [];
      fixture.signals.listen((each) => heard.push(each));
      await sendUntil(fixture.signals, signal, () => heard.length > 0);
      await fixture.signals.close();
      const before = heard.length;
      await fixture.signals.send(signal);
      fixture.signals.listen((each) => heard.push(each))();
      expect(heard).toHaveLength(before);
      await fixture.signals.close();
    });
  });
}
