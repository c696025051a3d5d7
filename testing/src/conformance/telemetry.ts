import { createTelemetry, type Observer, type Telemetry } from "@vidferry/core";
import type { TestKit } from "./test-kit.ts";

/** What the {@link Telemetry} suite needs. */
export interface TelemetrySuite extends TestKit {
  readonly name: string;
  create(): Telemetry;
}

const about = { step: "fetch", stage: "downloading" } as const;

/** What every {@link Telemetry} must do. */
export function telemetryConformance({ describe, test, expect, name, create }: TelemetrySuite): void {
  describe(`telemetry: ${name}`, () => {
    test("gives back what the work of an operation gave, which runs once and begins at once", async () => {
      const telemetry = create();
      let runs = 0;
      const result = telemetry.during("step", about, async (note) => {
        runs += 1;
        note({ kept: false });
        return "made";
      });
      expect(runs).toBe(1);
      expect(await result).toBe("made");
      expect(runs).toBe(1);
    });

    test("rejects with the very error of the work, also where it throws at once", async () => {
      const telemetry = create();
      const refusal = new Error("no");
      const rejecting = telemetry.during("task", { task: "due-jobs" }, () => Promise.reject(refusal));
      await expect(rejecting).rejects.toBe(refusal);
      const throwing = telemetry.during("task", { task: "due-jobs" }, () => {
        throw refusal;
      });
      await expect(throwing).rejects.toBe(refusal);
    });

    test("takes operations inside of others and beside them", async () => {
      const telemetry = create();
      const child = () => telemetry.during("child", { program: "ffmpeg" }, async (note) => note({ exitCode: 0 }));
      const both = telemetry.during("step", about, async () => (await Promise.all([child(), child()])).length);
      expect(await Promise.all([both, child()])).toEqual([2, undefined]);
    });

    test("never throws, whatever it is told", () => {
      const telemetry = create();
      for (const bytes of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
        expect(() => telemetry.happened("bytes-downloaded", { bytes })).not.toThrow();
      expect(() => telemetry.happened("stage-left", { stage: "storing", seconds: Number.NaN })).not.toThrow();
      expect(() => telemetry.traceparent()).not.toThrow();
    });
  });
}

/** What the {@link Observer} suite needs. */
export interface ObserverSuite extends TestKit {
  readonly name: string;
  create(): Observer;
}

/** What every {@link Observer} must do: the same, and nothing is ever reported as its fault. */
export function observerConformance({ name, create, ...kit }: ObserverSuite): void {
  const observe = (): Telemetry =>
    createTelemetry([create()], (error) => {
      throw error;
    });
  telemetryConformance({ ...kit, name, create: observe });
}
