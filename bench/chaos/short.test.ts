import { describe, expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fewUnlessWhole } from "@vidferry/testing";
import { missingServers } from "../../cli/e2e/fleet/servers.ts";
import { runChaos } from "./run.ts";
import { describeFinding } from "./verdict.ts";

const runs = [
  // Draws a flush, an egress whose proxy dies, and kills of both roles.
  {
    ...{ name: "small", redis: true, seed: 2_559, jobs: 7, faults: 5 },
    ...{ batches: 2, schedules: 2, everySeconds: 5 },
  },
  // Draws kills and freezes of both roles, a flush, an overloaded storage, and an egress whose proxy dies.
  {
    ...{ name: "with a redis", redis: true, seed: 85_776, jobs: 14, faults: 8 },
    ...{ batches: 4, schedules: 3, everySeconds: 10 },
  },
  // Draws listening connections that are ended, logs that are emptied, a kill and a dead egress.
  {
    ...{ name: "without one", redis: false, seed: 7_967, jobs: 13, faults: 5 },
    ...{ batches: 1, schedules: 2, everySeconds: 10 },
  },
] as const;

describe.skipIf(missingServers() !== undefined)("a short chaos on postgres, redis and s3", () => {
  test.each(fewUnlessWhole(runs, ({ name }) => name === "small"))(
    "$name loses nothing, doubles nothing and leaves nothing behind",
    async ({ name, ...size }) => {
      const lines: string[] = [];
      const report = await runChaos({
        ...size,
        budget: 3,
        longestMs: 500_000,
        genuine: 0.15,
        canceled: 0.1,
        workers: 1,
        // cli/e2e/shared-storage.whole.test.ts has one too.
        secondDeployment: name !== "small",
        leaseSeconds: 3,
        orphanSeconds: 10,
        report: (line) => lines.push(line),
        keepIn: join(tmpdir(), "vidferry-chaos"),
      });
      const broken = report.findings.filter(({ holds }) => !holds);
      if (broken.length > 0) console.error([...lines, ...broken.flatMap(describeFinding)].join("\n"));
      expect(broken.map(({ claim }) => claim)).toEqual([]);
      expect(report.accepted).toBe(size.jobs);
      expect(Object.values(report.faults).reduce((sum, count) => sum + count, 0)).toBe(size.faults);
    },
    900_000,
  );
});
