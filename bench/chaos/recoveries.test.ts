import { describe, expect, test } from "bun:test";
import type { HistoryRow } from "./history.ts";
import { recoveriesOf } from "./recoveries.ts";

const row = (seconds: number, state: string, attempt: number, rest: Partial<HistoryRow> = {}): HistoryRow => ({
  at: new Date(seconds * 1000),
  job: "job_1",
  state,
  attempt,
  stage: null,
  worker: null,
  leaseUntil: state === "running" ? new Date((seconds + 5) * 1000) : null,
  lostWorkers: 0,
  ...rest,
});

describe("recoveries", () => {
  test("are counted from the last heartbeat to the next claim", () => {
    const history = [
      row(0, "queued", 0),
      row(1, "running", 1),
      row(3, "running", 1),
      row(8, "queued", 1, { lostWorkers: 1 }),
      row(9, "running", 2, { lostWorkers: 1 }),
      row(12, "succeeded", 2, { lostWorkers: 1 }),
    ];
    expect(recoveriesOf(history, [])).toMatchObject([{ attempt: 1, ms: 6_000 }]);
  });

  test("do not take the end of a dead worker's lease for a sign of life", () => {
    const history = [
      row(1, "running", 1),
      row(4, "running", 1, { leaseUntil: new Date(4_000) }),
      row(4, "queued", 1, { lostWorkers: 1 }),
      row(5, "running", 2, { lostWorkers: 1 }),
    ];
    expect(recoveriesOf(history, [])).toMatchObject([{ ms: 4_000 }]);
  });

  test("leave out the time in which the database was away", () => {
    const history = [
      row(1, "running", 1),
      row(9, "queued", 1, { lostWorkers: 1 }),
      row(11, "running", 2, { lostWorkers: 1 }),
    ];
    expect(recoveriesOf(history, [{ from: 5_000, to: 8_000 }])).toMatchObject([
      { ms: 7_000, noticedMs: 5_000, afterOutage: true },
    ]);
  });

  test("are none when nobody was lost, and when the job was stopped", () => {
    const failed = [row(0, "queued", 0), row(1, "running", 1), row(2, "queued", 1), row(3, "running", 2)];
    expect(recoveriesOf(failed, [])).toEqual([]);
    expect(recoveriesOf([row(1, "running", 1), row(7, "failed", 1, { lostWorkers: 3 })], [])).toEqual([]);
  });
});
