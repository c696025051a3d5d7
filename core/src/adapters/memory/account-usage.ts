import type { Usage } from "../../accounts/accounts.ts";
import { type Admission, admissionOf } from "../../accounts/admission.ts";
import { type Limits, noLimits } from "../../accounts/limits.ts";
import type { SlotRow } from "../../accounts/slots.ts";
import { type UsagePeriod, usagePeriodsAt } from "../../accounts/usage-periods.ts";
import type { JobState } from "../../jobs/states.ts";
import { allJobs, type MemoryState } from "./state.ts";

/** The states of jobs that wait. */
const waiting: readonly JobState[] = ["scheduled", "queued", "paused"];

/** How many more jobs the owner may have. */
export function admissionNow(state: MemoryState, owner: string, limits: Limits, now: Date): Admission {
  const { day, month } = usagePeriodsAt(now);
  const usage = {
    queuedJobs: countJobs(state, owner, waiting),
    jobsPerDay: jobsOfDay(state, owner, day),
    bytesPerMonth: bytesOf(state, owner, month),
    storedBytes: storedBytes(state, owner),
  };
  return admissionOf(limits, usage, { day, month });
}

/** What the owner uses. */
export function usageOf(state: MemoryState, owner: string, now: Date): Usage {
  const limits = state.accounts.get(owner)?.limits ?? noLimits;
  const { day, month } = usagePeriodsAt(now);
  return {
    runningJobs: countJobs(state, owner, ["running"]),
    queuedJobs: countJobs(state, owner, waiting),
    jobsPerDay: jobsOfDay(state, owner, day),
    bytesPerMonth: limits.bytesPerMonth === null ? null : bytesOf(state, owner, month),
    storedBytes: limits.storedBytes === null ? null : storedBytes(state, owner),
    probes: limits.probes === null ? null : heldSlots(state, { owner, kind: "probes" }, now),
    streams: limits.streams === null ? null : heldSlots(state, { owner, kind: "streams" }, now),
  };
}

/** Slots that processes which are alive hold, but for one of them. */
export const heldSlots = ({ slots }: MemoryState, { owner, kind }: SlotRow, now: Date, butFor?: string): number =>
  sum(
    slots
      .values()
      .filter((slot) => slot.owner === owner && slot.kind === kind && slot.leaseUntil > now && slot.holder !== butFor)
      .map(({ held }) => held),
  );

/** Counts a job of today that is about to be made. */
export function countJobOfToday(state: MemoryState, owner: string, now: Date): void {
  const { day } = usagePeriodsAt(now);
  state.jobDays.set(dayKey(owner, day), jobsOfDay(state, owner, day) + 1);
}

const dayKey = (owner: string, day: UsagePeriod): string => JSON.stringify([owner, day.name]);

const countJobs = (state: MemoryState, owner: string, states: readonly JobState[]): number =>
  allJobs(state).filter((job) => job.owner === owner && states.includes(job.state)).length;

const isIn = (time: Date, { from, until }: UsagePeriod): boolean => time >= from && time < until;

const jobsOfDay = (state: MemoryState, owner: string, day: UsagePeriod): number =>
  state.jobDays.get(dayKey(owner, day)) ??
  allJobs(state).filter((job) => job.owner === owner && isIn(job.createdAt, day)).length;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const bytesOf = ({ history }: MemoryState, owner: string, month: UsagePeriod): number =>
  sum(
    history
      .values()
      .filter(({ ended }) => ended.owner === owner && isIn(ended.endedAt, month))
      .map(({ ended }) => ended.bytes),
  );

/** A file that several jobs of the owner have is kept once. */
const storedBytes = (state: MemoryState, owner: string): number => {
  const artifacts = allJobs(state).flatMap((job) => (job.owner === owner ? job.artifacts : []));
  return sum([...new Map(artifacts.map(({ storageKey, bytes }) => [storageKey, bytes])).values()]);
};
