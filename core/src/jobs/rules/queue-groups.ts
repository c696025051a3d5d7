import { type LaneState, noLane } from "../queue-state.ts";
import type { Priority } from "../request-values.ts";

/** Jobs of a lane that are due; those of an owner whose account limits running jobs are a group of their own. */
export interface DueGroup {
  readonly lane: Priority;
  readonly jobs: number;
  readonly oldestAgeMs: number;
  /** The first and the last owner by name. */
  readonly owners: readonly [string, string];
  /** How many more of the owner may run; null: no limit. */
  readonly room: number | null;
}

/** Splits due jobs into those that a free worker would take and those that wait for their owner's limit. */
export function lanesOf(groups: readonly DueGroup[]): {
  readonly lanes: Readonly<Record<Priority, LaneState>>;
  readonly quota: number;
  readonly fairShare: number;
} {
  const lanes: Record<Priority, LaneState> = { high: noLane, normal: noLane, low: noLane };
  const roomOf = new Map<string, number>();
  const ready = new Set<string>();
  let [quota, depth] = [0, 0];
  // An owner's jobs of a higher lane take its room first.
  for (const lane of ["high", "normal", "low"] as const) {
    for (const { jobs, oldestAgeMs, owners, room } of groups.filter((group) => group.lane === lane)) {
      const left = room === null ? jobs : (roomOf.get(owners[0]) ?? room);
      const fits = Math.min(jobs, left);
      quota += jobs - fits;
      if (room !== null) roomOf.set(owners[0], left - fits);
      if (fits === 0) continue;
      depth += fits;
      for (const owner of owners) ready.add(owner);
      const before = lanes[lane];
      lanes[lane] = { depth: before.depth + fits, oldestAgeMs: Math.max(before.oldestAgeMs ?? 0, oldestAgeMs) };
    }
  }
  return { lanes, quota, fairShare: ready.size > 1 ? depth : 0 };
}
