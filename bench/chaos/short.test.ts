import { describe, expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fewUnlessWhole } from "@vidferry/testing";
import { missingServers } from "../../cli/e2e/fleet/servers.ts";
import { runChaos } from "./run.ts";
import { describeFinding } from "./verdict.ts";

const runs = [
  // Draws kills and freezes of both roles, a flush, an overloaded storage, and an egress whose proxy dies, or that is turned away.
  { name: "with a redis", redis: true, seed: 6437, jobs: 14, faults: 8, batches: 4, schedules: 3 },
  // Draws listening connections that are ended, logs that are emptied, a kill and a dead egress.
  { name: "without one", redis: false, seed: 444, jobs: 13, faults: 5, batches: 1, schedules: 2 },
] as const;

describe.skipIf(missingServers() !== undefined)("a short chaos on postgres, redis and s3", () => {
  test.each(fewUnlessWhole(runs, ({ redis }) => redis))(
    "$name loses nothing, doubles nothing and leaves nothing behind",
    async ({ redis, seed, jobs, faults, batches, schedules }) => {
      const lines: string[] = [];
      const report = await runChaos({
        ...{ seed, redis, jobs, faults, batches, schedules },
        ...{ everySeconds: 10, budget: 3 },
        longestMs: 500_000,
        genuine: 0.15,
        canceled: 0.1,
        workers: 1,
        leaseSeconds: 3,
        orphanSeconds: 10,
        report: (line) => lines.push(line),
        keepIn: join(tmpdir(), "vidferry-chaos"),
      });
      const broken = report.findings.filter(({ holds }) => !holds);
      if (broken.length > 0) console.error([...lines, ...broken.flatMap(describeFinding)].join("\n"));
      expect(broken.map(({ claim }) => claim)).toEqual([]);
      expect(report.accepted).toBe(jobs);
      expect(Object.values(report.faults).reduce((sum, count) => sum + count, 0)).toBe(faults);
    },
    900_000,
  );
});
