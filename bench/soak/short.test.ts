import { describe, expect, test } from "bun:test";
import { onlyWhole } from "@vidferry/testing";
import { missingServers } from "../../cli/e2e/fleet/servers.ts";
import { describeFinding } from "../chaos/verdict.ts";
import { runSoak } from "./run.ts";

const limitMs = 240_000;

async function soak(fleet: boolean): Promise<void> {
  const { findings, samples } = await runSoak({ jobs: 24, fleet, sampleMs: 500, retentionSeconds: 1 });
  const broken = findings.filter(({ holds }) => !holds);
  if (broken.length > 0) console.error(broken.flatMap(describeFinding).join("\n"));
  expect(broken).toEqual([]);
  expect(samples.at(-1)).toMatchObject({ jobs: 24 });
  expect(samples.every(({ memory, descriptors, database }) => memory > 0 && descriptors > 0 && database > 0)).toBe(
    true,
  );
}

test("a short soak of a service on sqlite leaves nothing behind", () => soak(false), limitMs);

describe.skipIf(missingServers() !== undefined)("a short soak on postgres, redis and s3", () => {
  onlyWhole(test)("of a fleet leaves nothing behind", () => soak(true), limitMs);
});
