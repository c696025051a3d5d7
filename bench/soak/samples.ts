import { readdirSync } from "node:fs";
import { residentBytes } from "../memory.ts";
import { treeOf } from "../process-tree.ts";
import type { SoakStage } from "./stage.ts";

/** What the service held at one time. */
export interface Sample {
  /** Since the start of the run, in seconds. */
  readonly at: number;
  /** Jobs that were over by then. */
  readonly jobs: number;
  /** Resident memory of the processes of the service, without their children. */
  readonly memory: number;
  /** Open descriptors of these processes. */
  readonly descriptors: number;
  readonly children: number;
  readonly workFiles: number;
  readonly storage: number;
  readonly database: number;
}

/** Looks at the service once (Linux). */
export async function sample(stage: SoakStage, at: number, jobs: number): Promise<Sample> {
  const pids = stage.roles.map(({ pid }) => pid);
  const total = (count: (pid: number) => number) => pids.reduce((sum, pid) => sum + count(pid), 0);
  const [workFiles, storage, database] = await Promise.all([
    stage.workFiles(),
    stage.storageBytes(),
    stage.databaseBytes(),
  ]);
  return {
    at,
    jobs,
    memory: total(residentBytes),
    descriptors: total((pid) => readdirSync(`/proc/${pid}/fd`).length),
    children: total((pid) => treeOf(pid).length - 1),
    workFiles: workFiles.length,
    storage,
    database,
  };
}
