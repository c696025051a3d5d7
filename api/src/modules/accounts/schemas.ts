import { z } from "@hono/zod-openapi";
import { Limits, noLimits } from "@vidferry/core";

const used = z.int().nullable();

const Usage = z
  .object({
    runningJobs: used,
    queuedJobs: used,
    jobsPerDay: used,
    bytesPerMonth: used,
    storedBytes: used,
    probes: used,
    streams: used,
  })
  .meta({
    id: "Usage",
    description: "What is used now, by the name of the limit; null: not counted, since it has no limit.",
  });

export const AccountResource = z
  .object({
    owner: z.string(),
    limits: Limits.describe("null: no limit."),
    usage: Usage,
    renewsAt: z
      .object({ jobsPerDay: z.iso.datetime(), bytesPerMonth: z.iso.datetime() })
      .describe("When these are counted from nothing again."),
  })
  .meta({ id: "Account", description: "What an owner may use, and has used." });
export type AccountResource = z.infer<typeof AccountResource>;

export const AccountPatch = z
  .strictObject({ limits: Limits.partial().describe("What is absent stays; null lifts a limit.") })
  .meta({ id: "AccountPatch" });

export const exampleAccount: AccountResource = {
  owner: "shop",
  limits: { ...noLimits, queuedJobs: 100, jobsPerDay: 500, bytesPerMonth: 1_000_000_000_000 },
  usage: {
    runningJobs: 2,
    queuedJobs: 14,
    jobsPerDay: 61,
    bytesPerMonth: 73_400_320_000,
    storedBytes: null,
    probes: null,
    streams: null,
  },
  renewsAt: { jobsPerDay: "2026-11-27T00:00:00.000Z", bytesPerMonth: "2026-12-01T00:00:00.000Z" },
};

/** `{owner}` in a path. */
export const AccountPath = z.object({
  owner: z.string().min(1).max(200).openapi({ description: "The owner, as its keys name it.", example: "shop" }),
});
