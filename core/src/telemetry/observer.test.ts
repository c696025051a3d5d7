import { describe, expect, test } from "bun:test";
import { createTelemetry, type Observer } from "./observer.ts";

const about = { task: "due-jobs" };

describe("what the service tells of itself", () => {
  test("reaches every observer, with what was found out on the way", async () => {
    const told: unknown[] = [];
    const observer = (name: string): Observer => ({
      begun: (kind, begun) => {
        told.push([name, "begun", kind, begun]);
        return { ended: (facts, error) => void told.push([name, "ended", facts, error]) };
      },
      happened: (kind, facts) => void told.push([name, kind, facts]),
    });
    const telemetry = createTelemetry([observer("one"), {}, observer("other")]);
    await telemetry.during("claim", { most: 4 }, async (note) => {
      note({ jobs: 1 });
      note({ jobs: 2 });
    });
    telemetry.happened("bytes-downloaded", { bytes: 7 });
    expect(told).toEqual([
      ["one", "begun", "claim", { most: 4 }],
      ["other", "begun", "claim", { most: 4 }],
      ["one", "ended", { most: 4, jobs: 2 }, undefined],
      ["other", "ended", { most: 4, jobs: 2 }, undefined],
      ["one", "bytes-downloaded", { bytes: 7 }],
      ["other", "bytes-downloaded", { bytes: 7 }],
    ]);
  });

  test("names what the work failed with, also when that is nothing", async () => {
    const errors: unknown[] = [];
    const telemetry = createTelemetry([{ begun: () => ({ ended: (_, error) => void errors.push(error) }) }]);
    const refusal = new Error("no");
    await telemetry.during("task", about, () => Promise.reject(refusal)).catch(() => undefined);
    await telemetry.during("task", about, () => Promise.reject()).catch(() => undefined);
    expect(errors).toEqual([refusal, expect.any(Error)]);
  });

  test("runs inside of every observer that wants to be around it, the first one outermost", async () => {
    const order: string[] = [];
    const around = (name: string): Observer => ({
      begun: () => ({
        within: (work) => {
          order.push(`${name} in`);
          const result = work();
          order.push(`${name} out`);
          return result;
        },
        ended: () => void order.push(`${name} ended`),
      }),
    });
    const telemetry = createTelemetry([around("outer"), around("inner")]);
    expect(await telemetry.during("task", about, async () => order.push("work"))).toBe(3);
    expect(order).toEqual(["outer in", "inner in", "work", "inner out", "outer out", "outer ended", "inner ended"]);
  });

  test("changes nothing of the work when an observer fails, wherever it does, and the others are still told", async () => {
    const fail = (): never => {
      throw new Error("a registry that throws");
    };
    let told = 0;
    const faults: unknown[] = [];
    const count = (): void => {
      told += 1;
    };
    const healthy: Observer = {
      begun: () => ({ ended: count }),
      happened: count,
      traceparent: () => "00-1-2-01",
    };
    for (const broken of [
      { begun: fail, happened: fail, traceparent: fail },
      { begun: () => ({ within: fail, ended: fail }), happened: fail },
      {
        begun: () => ({
          within: <T>(work: () => T): T => {
            work();
            return fail();
          },
          ended: () => undefined,
        }),
      },
    ] satisfies Observer[]) {
      told = 0;
      let runs = 0;
      const telemetry = createTelemetry([broken, healthy], (fault) => void faults.push(fault));
      expect(await telemetry.during("task", about, async () => ++runs)).toBe(1);
      telemetry.happened("bytes-downloaded", { bytes: 1 });
      expect([runs, told, telemetry.traceparent()]).toEqual([1, 2, "00-1-2-01"]);
    }
    expect(faults.length).toBeGreaterThanOrEqual(5);
  });

  test("has no trace where nobody traces", () => {
    expect(createTelemetry([{}, { traceparent: () => null }]).traceparent()).toBeNull();
  });
});
