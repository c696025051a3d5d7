import { accountsConformance } from "./account-store.ts";
import { answersConformance } from "./answers.ts";
import { auditConformance } from "./audit.ts";
import { attemptingConformance } from "./database/attempting.ts";
import { batchesConformance } from "./database/batches.ts";
import { blobsConformance } from "./database/blobs.ts";
import { creatingConformance } from "./database/creating.ts";
import { deploymentConformance } from "./database/deployment.ts";
import { dispatchingConformance } from "./database/dispatching.ts";
import { expiringConformance } from "./database/expiring.ts";
import { filteringConformance } from "./database/filtering.ts";
import type { DatabaseSuite } from "./database/fixture.ts";
import { listingConformance } from "./database/listing.ts";
import { lostWorkersConformance } from "./database/lost-workers.ts";
import { movingConformance } from "./database/moving.ts";
import { outboxConformance } from "./database/outbox.ts";
import { sharingConformance } from "./database/sharing.ts";
import { transactionConformance } from "./database/transactions.ts";
import { engineChoicesConformance } from "./engine-choices.ts";
import { historyConformance } from "./history.ts";
import { keysConformance } from "./key-store.ts";
import { limitsConformance } from "./limits.ts";
import { queueStatesConformance } from "./queue-state.ts";
import { slotsConformance } from "./slots.ts";
import { statsConformance } from "./stats.ts";
import { taskLeasesConformance } from "./task-leases.ts";
import { ticketsConformance } from "./ticket-store.ts";
import { webhooksAtOnceConformance } from "./webhooks/at-once.ts";
import { deliveriesConformance } from "./webhooks/deliveries.ts";
import { webhooksConformance } from "./webhooks/webhooks.ts";
import { workersConformance } from "./workers.ts";

export type { DatabaseFixture, DatabaseSuite } from "./database/fixture.ts";

/** What every {@link Database} and each of its repositories must do. */
export function databaseConformance(suite: DatabaseSuite): void {
  suite.describe(`database: ${suite.name}`, () => {
    creatingConformance(suite);
    movingConformance(suite);
    attemptingConformance(suite);
    listingConformance(suite);
    filteringConformance(suite);
    dispatchingConformance(suite);
    sharingConformance(suite);
    lostWorkersConformance(suite);
    expiringConformance(suite);
    blobsConformance(suite);
    outboxConformance(suite);
    keysConformance(suite);
    ticketsConformance(suite);
    accountsConformance(suite);
    limitsConformance(suite);
    slotsConformance(suite);
    answersConformance(suite);
    taskLeasesConformance(suite);
    webhooksConformance(suite);
    webhooksAtOnceConformance(suite);
    deliveriesConformance(suite);
    auditConformance(suite);
    historyConformance(suite);
    statsConformance(suite);
    queueStatesConformance(suite);
    workersConformance(suite);
    batchesConformance(suite);
    engineChoicesConformance(suite);
    transactionConformance(suite);
    deploymentConformance(suite);
  });
}
