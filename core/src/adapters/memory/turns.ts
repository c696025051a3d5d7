import { noLimits } from "../../accounts/limits.ts";
import type { RunMode } from "../../jobs/dispatch.ts";
import type { Job } from "../../jobs/job.ts";
import { firstTurn, roomOf, type Turn, takeTurns, type WaitingOwner } from "../../jobs/rules/turns.ts";
import type { Entry } from "./entry.ts";
import { compare } from "./job-query.ts";
import type { MemoryState } from "./state.ts";

/** Jobs to start, in their order, and whose turn it is afterwards. */
export interface Planned {
  readonly entries: readonly Entry[];
  readonly turn: Turn;
}

/** Shares out up to `limit` starts between the owners of due jobs. */
export function planStarts(state: MemoryState, now: Date, limit: number, mode: RunMode): Planned {
  const due = state.entries
    .values()
    .filter(({ job }) => isReady(job, now, mode))
    .sort((a, b) => a.rank - b.rank || compare(a.job.id, b.job.id));
  const waiting = Map.groupBy(due, ({ job }) => job.owner);
  const before = currentTurn(state, mode);
  const names = [...waiting.keys()].sort(compare);
  const ordered = [...names.filter((name) => name >= before.owner), ...names.filter((name) => name < before.owner)];
  const owners = ordered.map((owner): WaitingOwner => {
    const ready = waiting.get(owner)?.length ?? 0;
    return { owner, ready, ...ownerUse(state, owner) };
  });
  const { owners: started, turn } = takeTurns(before, { owners, isWhole: true }, limit);
  const entries = started.flatMap((owner) => waiting.get(owner)?.shift() ?? []);
  return { entries, turn };
}

/** Whose turn it is. */
export const currentTurn = ({ turns }: MemoryState, mode: RunMode): Turn => turns.get(mode) ?? firstTurn;

/** Whether one more job of an owner may be started. */
export function hasRoom(state: MemoryState, owner: string): boolean {
  return roomOf({ ready: 1, ...ownerUse(state, owner) }) > 0;
}

/** Whether a job may be started now, its owner's limit aside. */
export function isReady(job: Job, now: Date, mode: RunMode): boolean {
  const isDue = job.nextAttemptAt === null || job.nextAttemptAt <= now;
  return job.state === "queued" && isDue && job.alone === (mode === "alone");
}

function ownerUse(state: MemoryState, owner: string): Pick<WaitingOwner, "running" | "limits"> {
  const running = state.entries.values().filter(({ job }) => job.owner === owner && job.state === "running").length;
  return { running, limits: state.accounts.get(owner)?.limits ?? noLimits };
}
