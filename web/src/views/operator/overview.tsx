import { Ends } from "./ends.tsx";
import { Failures } from "./failures.tsx";
import { Health } from "./health.tsx";
import { PeriodTabs } from "./period.tsx";
import { QueuePanel } from "./queue.tsx";

/** How the service is: its parts, its queue, and what became of its jobs. */
export function Overview() {
  return (
    <>
      <div class="panels">
        <Health />
        <QueuePanel />
      </div>
      <PeriodTabs />
      <div class="panels">
        <Ends />
        <Failures />
      </div>
    </>
  );
}
