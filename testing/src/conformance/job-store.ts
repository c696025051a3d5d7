import { attemptingConformance } from "./job-store/attempting.ts";
import { creatingConformance } from "./job-store/creating.ts";
import { deploymentConformance } from "./job-store/deployment.ts";
import type { JobStoreSuite } from "./job-store/fixture.ts";
import { listingConformance } from "./job-store/listing.ts";
import { movingConformance } from "./job-store/moving.ts";
import { sweepingConformance } from "./job-store/sweeping.ts";

export type { JobStoreFixture, JobStoreSuite } from "./job-store/fixture.ts";

/** What every {@link JobStore} must do. */
export function jobStoreConformance(suite: JobStoreSuite): void {
  suite.describe(`job store: ${suite.name}`, () => {
    creatingConformance(suite);
    movingConformance(suite);
    attemptingConformance(suite);
    listingConformance(suite);
    sweepingConformance(suite);
    deploymentConformance(suite);
  });
}
