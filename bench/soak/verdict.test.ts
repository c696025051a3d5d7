import { describe, expect, test } from "bun:test";
import type { Sample } from "./samples.ts";
import { judge, type Remains } from "./verdict.ts";

const nothing: Remains = {
  workFiles: [],
  storageBytes: 0,
  orphans: [],
  survivors: [],
  exitCodes: [0],
  wrongEnds: [],
};
const run = (jobs: number, at: (share: number) => Partial<Sample> = () => ({})): Sample[] =>
  Array.from({ length: 101 }, (_, index) => ({
    at: index,
    jobs: (jobs * index) / 100,
    memory: 200 * 1024 ** 2,
    descriptors: 60,
    children: 0,
    workFiles: 3,
    storage: 1,
    database: 1,
    ...at(index / 100),
  }));
const broken = (samples: readonly Sample[], remains = nothing) =>
  judge(samples, remains).flatMap(({ claim, holds }) => (holds ? [] : [claim]));

describe("the verdict of a soak", () => {
  test("holds where everything is flat and nothing is left", () => {
    expect(broken(run(20_000))).toEqual([]);
  });

  test("allows the first tenth to warm up", () => {
    expect(broken(run(20_000, (share) => (share < 0.1 ? { memory: 1, descriptors: 5 } : {})))).toEqual([]);
  });

  test("fails where memory grows with the jobs", () => {
    expect(broken(run(20_000, (share) => ({ memory: (200 + 100 * share) * 1024 ** 2 })))).toEqual([
      "memory does not grow",
    ]);
  });

  test("does not judge the memory of a short run", () => {
    expect(broken(run(50, (share) => ({ memory: (100 + 900 * share) * 1024 ** 2 })))).toEqual([]);
  });

  test("fails where descriptors leak", () => {
    expect(broken(run(20_000, (share) => ({ descriptors: 60 + 100 * share })))).toEqual(["descriptors do not grow"]);
  });

  test("fails for whatever is left", () => {
    const left = {
      workFiles: ["job_1/a.part"],
      storageBytes: 5,
      orphans: ["7 ffmpeg"],
      survivors: ["8 python"],
      exitCodes: [0, null],
      wrongEnds: ["job_1: failed"],
    };
    expect(broken(run(20_000), left)).toHaveLength(6);
  });
});
