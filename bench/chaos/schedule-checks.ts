import type { FinalJob } from "./history.ts";
import type { FinalBatch, ScheduleRun } from "./many-history.ts";
import type { PlannedSchedule } from "./schedules.ts";
import { type Finding, finding } from "./verdict.ts";

/** A schedule that an API has accepted. */
export interface AcceptedSchedule {
  readonly id: string;
  readonly planned: PlannedSchedule;
  readonly createdAt: Date;
  /** When it runs, if it does so once. */
  readonly runAt: Date | null;
  /** Links that its list has had. */
  readonly entries: readonly string[];
}

/** What must hold of the schedules, of their runs and of what these made. */
export function checkSchedules(seen: {
  readonly accepted: readonly AcceptedSchedule[];
  /** How many were asked for, and how many there are. */
  readonly asked: number;
  readonly made: number;
  readonly runs: readonly ScheduleRun[];
  readonly batches: readonly FinalBatch[];
  readonly jobs: readonly FinalJob[];
}): Finding[] {
  const { accepted, batches, jobs } = seen;
  const runsOf = Map.groupBy(seen.runs, ({ schedule }) => schedule);
  const each = (check: (schedule: AcceptedSchedule, runs: readonly ScheduleRun[]) => readonly string[]) =>
    accepted.flatMap((schedule) =>
      check(schedule, runsOf.get(schedule.id) ?? []).map((what) => `${schedule.planned.key} (${schedule.id}): ${what}`),
    );
  return [
    finding(
      "every due run happened once",
      [
        ...(seen.made === seen.asked ? [] : [`${seen.made} schedules of ${seen.asked} that were asked for`]),
        ...each(misplaced),
      ],
      `${seen.runs.length} runs of ${accepted.length} schedules`,
    ),
    finding(
      "every run made what it was to make, once",
      each(({ id, planned: { makes } }, runs) => {
        const made = makes === "job" ? jobs.filter((job) => job.schedule === id && job.batch === null) : [];
        const own = makes === "batch" ? batches.filter(({ schedule }) => schedule === id) : made;
        const named = new Set(runs.map((run) => (makes === "job" ? run.job : run.batch)));
        const unnamed = own.filter((one) => !named.has(one.id)).map((one) => `${one.id} was made by no run`);
        const refused = runs.filter(({ error }) => error !== null).map(({ error }) => `a run was refused: ${error}`);
        const count = own.length === runs.length ? [] : [`${runs.length} runs made ${own.length}`];
        return [...unnamed, ...refused, ...count];
      }),
      `${jobs.filter(({ schedule }) => schedule !== null).length} jobs`,
    ),
    finding(
      "a schedule that follows a list takes each entry of it once",
      each(({ id, planned, entries }) => {
        if (planned.list === null) return [];
        const taken = Map.groupBy(
          jobs.filter(({ schedule }) => schedule === id),
          ({ url }) => url,
        );
        const times = (url: string) => taken.get(url)?.length ?? 0;
        return entries.filter((url) => times(url) !== 1).map((url) => `${url} was taken ${times(url)} times`);
      }),
      `${accepted.reduce((sum, { planned, entries }) => sum + (planned.list === null ? 0 : entries.length), 0)} entries`,
    ),
  ];
}

/** The database's time may be a little later than the one from which an API found the first time. */
const toleranceMs = 30_000;

/** Each run is due at the first time of its rule after the one before, so that a time that passed meanwhile is made up for once. */
function misplaced({ planned: { when }, createdAt, runAt }: AcceptedSchedule, runs: readonly ScheduleRun[]): string[] {
  if (runs.length === 0) return ["it never ran"];
  if (!("everySeconds" in when)) {
    const isRight = runs.length === 1 && runs[0]?.due.getTime() === runAt?.getTime() && runs[0]?.state === "finished";
    return isRight
      ? []
      : [`it ran ${runs.length} times, due at ${runs.map(({ due }) => due.toISOString()).join(", ")}`];
  }
  const everyMs = when.everySeconds * 1000;
  const timeAfter = (time: Date) => (Math.floor(time.getTime() / everyMs) + 1) * everyMs;
  return runs.flatMap(({ due }, index) => {
    const before = runs[index - 1];
    const time = due.getTime();
    const isRight =
      before === undefined
        ? time % everyMs === 0 && time <= timeAfter(createdAt) && time > createdAt.getTime() - toleranceMs
        : time === timeAfter(before.ran);
    return isRight ? [] : [`run ${index + 1} was due at ${due.toISOString()}, after ${before?.ran.toISOString()}`];
  });
}
