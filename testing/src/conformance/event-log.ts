import type { EventLogSuite } from "./event-log/fixture.ts";
import { jobTopicsConformance } from "./event-log/job-topics.ts";
import { sharedTopicsConformance } from "./event-log/shared-topics.ts";

export type { EventLogFixture, EventLogSuite } from "./event-log/fixture.ts";

/** What every {@link import("@vidferry/core").EventLog} must do. */
export function eventLogConformance(suite: EventLogSuite): void {
  suite.describe(`event log: ${suite.name}`, () => {
    jobTopicsConformance(suite);
    sharedTopicsConformance(suite);
  });
}
