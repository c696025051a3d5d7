import type { SQLWrapper } from "drizzle-orm";
import type { Database, SqlConnection } from "../../../adapters/sql/shared/connection.ts";
import { labelledJobs, lookAtNewest, newestJobs, searchedJobs } from "../../../adapters/sql/shared/list-jobs.ts";
import { anyRunning } from "../../../adapters/sql/shared/pulse.ts";
import {
  claimable,
  dueJobs,
  expiredJobs,
  lostJobs,
  scheduledJobs,
  unofferedJobs,
  updatePicked,
} from "../../../adapters/sql/shared/queue-queries.ts";
import type { JobQuery } from "../../../jobs/job-store.ts";

/** A query of the store and the index its plan must use. For the tests of the plans. */
export interface PlanCase {
  readonly title: string;
  readonly index: string;
  readonly build: (db: Database, connection: SqlConnection) => SQLWrapper;
}

const page = { limit: 20 } as const;
const after = { createdAt: new Date(), id: "job_00000000000000000000000000004000" } as const;
const twentyLabels = Object.fromEntries([
  ["project", "0a1"],
  ...Array.from({ length: 19 }, (_, index) => [`name${index}`, "value"]),
]);
const list = (query: JobQuery) => (db: Database, connection: SqlConnection) => newestJobs(db, connection, query);

/** An update of what a query picked, as the store writes it. */
const updateOf =
  (pick: (db: Database, connection: SqlConnection) => ReturnType<typeof lostJobs>) =>
  (db: Database, connection: SqlConnection) =>
    updatePicked(db, connection, pick(db, connection), { error: null });

/** Every query that runs again and again, however many jobs there are. */
export const planCases: readonly PlanCase[] = [
  { title: "what runs next", index: "jobs_queue", build: (db, connection) => dueJobs(db, connection, 20) },
  {
    title: "what runs next alone",
    index: "jobs_alone",
    build: (db, connection) => dueJobs(db, connection, 20, "alone"),
  },
  { title: "whether anything runs", index: "jobs_", build: (db, connection) => anyRunning(db, connection) },
  {
    title: "the claim",
    index: "jobs_pkey",
    build: updateOf((db, connection) => claimable(db, connection, [after.id, "job_00000000000000000000000000000064"])),
  },
  {
    title: "the release of lost attempts",
    index: "jobs_leases",
    build: updateOf((db, connection) => lostJobs(db, connection, { leaseMs: 15_000, limit: 100 })),
  },
  {
    title: "the promotion of scheduled jobs",
    index: "jobs_scheduled",
    build: updateOf((db, connection) => scheduledJobs(db, connection, 100)),
  },
  {
    title: "what was not offered",
    index: "jobs_unoffered",
    build: updateOf((db, connection) => unofferedJobs(db, connection, 10_000, 100)),
  },
  { title: "expired results", index: "jobs_expiry", build: (db, connection) => expiredJobs(db, connection, 100) },
  { title: "an owner's first page", index: "jobs_owner_newest", build: list({ owner: "owner1", ...page }) },
  { title: "an owner's later page", index: "jobs_owner_newest", build: list({ owner: "owner1", after, ...page }) },
  {
    title: "an owner's page of one state",
    index: "jobs_owner_state",
    build: list({ owner: "owner1", states: ["running"], after, ...page }),
  },
  { title: "a page of everybody", index: "jobs_newest", build: list({ owner: null, after, ...page }) },
  {
    title: "a search among the newest jobs",
    index: "jobs_newest",
    build: (db, connection) => lookAtNewest(db, connection, { owner: null, labels: twentyLabels, text: "x", ...page }),
  },
  {
    title: "a search among the newest jobs of a state",
    index: "jobs_owner_state",
    build: (db, connection) =>
      lookAtNewest(db, connection, { owner: "owner1", states: ["failed"], text: "x", ...page }),
  },
  {
    title: "a page of one label, in its order,",
    index: "job_labels_newest",
    build: (db, connection) => labelledJobs(db, connection, { owner: "owner1", ...page }, ["project", "0a1"]),
  },
  {
    title: "a later page of twenty labels, of which the rarest",
    index: "job_labels_newest",
    build: (db, connection) =>
      labelledJobs(db, connection, { owner: "owner1", labels: twentyLabels, after, ...page }, ["project", "0a1"]),
  },
  {
    title: "a later page of twenty labels, of which all others",
    index: "job_labels_job_id_name_pk",
    build: (db, connection) =>
      labelledJobs(db, connection, { owner: "owner1", labels: twentyLabels, after, ...page }, ["project", "0a1"]),
  },
  {
    title: "a search for a text that hardly any job has",
    index: "job_search_grams",
    build: (db, connection) => searchedJobs(db, connection, { owner: "owner1", text: "no such title", ...page }),
  },
  {
    title: "a search for a text of one character",
    index: "job_search_grams",
    build: (db, connection) => searchedJobs(db, connection, { owner: "owner1", text: "\u732b", ...page }),
  },
];
