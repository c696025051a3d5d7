import { accountsConformance } from "./account-store.ts";
import { auditConformance } from "./audit.ts";
import { attemptingConformance } from "./job-store/attempting.ts";
import { blobsConformance } from "./job-store/blobs.ts";
import { creatingConformance } from "./job-store/creating.ts";
import { deploymentConformance } from "./job-store/deployment.ts";
import type { DatabaseSuite } from "./job-store/fixture.ts";
import { listingConformance } from "./job-store/listing.ts";
import { movingConformance } from "./job-store/moving.ts";
import { outboxConformance } from "./job-store/outbox.ts";
import { sharingConformance } from "./job-store/sharing.ts";
import { sweepingConformance } from "./job-store/sweeping.ts";
import { transactionConformance } from "./job-store/transactions.ts";
import { keysConformance } from "./key-store.ts";
import { taskLeasesConformance } from "./task-leases.ts";
import { workersConformance } from "./workers.ts";

export type { DatabaseFixture, DatabaseSuite } from "./job-store/fixture.ts";

/** What every {@link Database} and each of its repositories must do. */
export function databaseConformance(suite: DatabaseSuite): void {
  suite.describe(`database: ${suite.name}`, () => {
    creatingConformance(suite);
    movingConformance(suite);
    attemptingConformance(suite);
    listingConformance(suite);
    sweepingConformance(suite);
    sharingConformance(suite);
    blobsConformance(suite);
    outboxConformance(suite);
    keysConformance(suite);
    accountsConformance(suite);
    taskLeasesConformance(suite);
    auditConformance(suite);
    workersConformance(suite);
    transactionConformance(suite);
    deploymentConformance(suite);
  });
}
