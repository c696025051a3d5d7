import type { RunMode } from "../../../jobs/dispatch.ts";
import type { EngineVersions } from "../../../jobs/job.ts";
import type { TaskReport } from "../../../maintenance/task-leases.ts";
import type { DeploymentId, WorkerId } from "../../../runtime/ids.ts";
import type { ColumnKit } from "./column-kit.ts";

/** What the processes of a deployment agree on: which one it is, whose turn is next, who leads what, and which workers there are. */
export function processTables(kit: ColumnKit) {
  /** One row, which the migration that makes the table writes. */
  const deployment = kit.table("deployment", {
    id: kit.text("id").$type<DeploymentId>().primaryKey(),
    createdAt: kit.time("created_at").notNull(),
  });
  /** One row: when the store was last reached, and since when without a gap; see `jobs/rules/reachability.ts`. */
  const pulse = kit.table("pulse", {
    id: kit.integer("id").primaryKey(),
    seenAt: kit.time("seen_at").notNull(),
    steadySince: kit.time("steady_since").notNull(),
  });
  /** A row for each mode: whose turn it is to run jobs; see `jobs/rules/turns.ts`. Who starts jobs locks the rows. */
  const dispatchTurns = kit.table("dispatch_turns", {
    mode: kit.text("mode").$type<RunMode>().primaryKey(),
    owner: kit.text("owner").notNull(),
    taken: kit.integer("taken").notNull(),
  });
  /** A row for each maintenance task: its leader, and the leader's last report. */
  const maintenanceTasks = kit.table("maintenance_tasks", {
    task: kit.text("task").primaryKey(),
    holder: kit.text("holder").notNull(),
    leaseUntil: kit.time("lease_until").notNull(),
    status: kit.text("status").$type<TaskReport["status"]>(),
    detail: kit.text("detail"),
    fix: kit.text("fix"),
  });
  /** The worker processes, as they register themselves; see `Workers`. */
  const workers = kit.table("workers", {
    id: kit.text("id").$type<WorkerId>().primaryKey(),
    name: kit.text("name").notNull(),
    host: kit.text("host").notNull(),
    pid: kit.integer("pid").notNull(),
    version: kit.text("version").notNull(),
    engine: kit.json<EngineVersions>("engine").notNull(),
    concurrency: kit.integer("concurrency").notNull(),
    /** 1: it shares its process with no API. */
    standalone: kit.integer("standalone").notNull(),
    draining: kit.integer("draining").notNull(),
    /** Null also of a version that did not say it. */
    freeBytes: kit.bytes("free_bytes"),
    drainRequestedAt: kit.time("drain_requested_at"),
    startedAt: kit.time("started_at").notNull(),
    seenAt: kit.time("seen_at").notNull(),
    endedAt: kit.time("ended_at"),
  });
  return { deployment, pulse, dispatchTurns, maintenanceTasks, workers };
}
