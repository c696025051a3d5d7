import { LastFailures } from "./last-failures.tsx";
import { LongRuns } from "./long-runs.tsx";
import { LostJobs } from "./lost-jobs.tsx";
import { Retrying } from "./retrying.tsx";

/** Jobs that an operator looks after: those that try again, that run for long, that lost their workers, and that failed last. */
export function Trouble() {
  return (
    <>
      <Retrying />
      <LongRuns />
      <LostJobs />
      <LastFailures />
    </>
  );
}
