import { z } from "zod";

const count = (description: string) => z.int().min(0).max(1_000_000_000).nullable().describe(description);
const bytes = (description: string) => z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().describe(description);

/** What an owner may use; null: no limit. */
export const Limits = z
  .strictObject({
    runningJobs: count("Jobs that run at once; more of them wait."),
    queuedJobs: count("Jobs that wait: queued, scheduled and paused ones."),
    jobsPerDay: count("Jobs accepted in a day, from midnight to midnight UTC; deleted ones count as well."),
    bytesPerMonth: bytes("Bytes of results in a calendar month (UTC); results that were deleted count as well."),
    storedBytes: bytes("Bytes of results that are kept."),
    requestsPerMinute: count("Requests a minute."),
    probes: count("Probes at once."),
    streams: count("Event streams, WebSockets and transfers of files at once."),
    weight: z.int().min(1).max(100).describe("Share of the workers beside other owners."),
  })
  .meta({ id: "Limits" });
export type Limits = z.infer<typeof Limits>;

/** Of an owner that nobody limited. */
export const noLimits: Limits = {
  runningJobs: null,
  queuedJobs: null,
  jobsPerDay: null,
  bytesPerMonth: null,
  storedBytes: null,
  requestsPerMinute: null,
  probes: null,
  streams: null,
  weight: 1,
};

/** The name of a limit that is a number of something. */
export type LimitName = Exclude<keyof Limits, "weight">;

/** Why something was not accepted: the limit that it would have exceeded. */
export interface Exceeded {
  readonly limit: LimitName;
  readonly used: number;
  readonly allowed: number;
  /** When there is room again for certain; null: when something ends or is deleted. */
  readonly renewsAt: Date | null;
}
