import type { OutboxItem } from "../../../database/outbox.ts";
import type { ArtifactKind } from "../../../library/artifact.ts";
import type { JobId } from "../../../runtime/ids.ts";
import type { ColumnKit } from "./column-kit.ts";
import type { jobTables } from "./job-tables.ts";

/** The tables of stored files: which there are, which jobs have them, and which are to be deleted. */
export function libraryTables(kit: ColumnKit, jobs: ReturnType<typeof jobTables>["jobs"]) {
  /** A stored file. It is kept while artifacts reference it; the transaction that removes the last of them writes its deletion to the outbox. */
  const blobs = kit.table("blobs", {
    key: kit.text("key").primaryKey(),
    bytes: kit.bytes("bytes").notNull(),
    sha256: kit.text("sha256").notNull(),
    createdAt: kit.time("created_at").notNull(),
  });
  /** Which job has which blob, and under which id. Rows, so that the references of a blob can be counted. */
  const artifacts = kit.table(
    "artifacts",
    {
      jobId: kit
        .text("job_id")
        .$type<JobId>()
        .notNull()
        .references(() => jobs.id, { onDelete: "cascade" }),
      id: kit.text("id").notNull(),
      kind: kit.text("kind").$type<ArtifactKind>().notNull(),
      blobKey: kit
        .text("blob_key")
        .notNull()
        .references(() => blobs.key),
    },
    (table) => [kit.primaryKey({ columns: [table.jobId, table.id] }), kit.index("artifacts_blob").on(table.blobKey)],
  );
  /** Pending side effects outside of the database; see `Outbox`. */
  const outbox = kit.table(
    "outbox",
    {
      kind: kit.text("kind").$type<OutboxItem["kind"]>().notNull(),
      name: kit.text("name").notNull(),
      payload: kit.json<OutboxItem["payload"]>("payload").notNull(),
      failures: kit.integer("failures").notNull(),
      problem: kit.text("problem"),
      createdAt: kit.time("created_at").notNull(),
      dueAt: kit.time("due_at").notNull(),
    },
    (table) => [
      kit.primaryKey({ columns: [table.kind, table.name] }),
      kit.index("outbox_due").on(table.kind, table.dueAt),
    ],
  );
  return { blobs, artifacts, outbox };
}
