/**
 * How the workers are shared between owners. The owners with jobs to run stand in a circle, in the order of their names; each
 * takes as many jobs in its turn as its weight says, then the next one has its turn. So an owner waits for one round of the
 * others at most, however many jobs they have queued, and a new owner waits for no more than that.
 */

/** Whose turn it is. */
export interface Turn {
  /** Empty before the first turn. It may have left the circle since. */
  readonly owner: string;
  /** How many of its jobs were started in this turn. */
  readonly taken: number;
}

/** Before anybody had a turn. */
export const firstTurn: Turn = { owner: "", taken: 0 };

/** The limits that the dispatch knows. */
export interface OwnerLimits {
  /** Jobs that may run at the same time; null: any number. */
  readonly runningJobs: number | null;
  /** Jobs in a turn. */
  readonly weight: number;
}

/** An owner with jobs to run. */
export interface WaitingOwner {
  readonly owner: string;
  /** How many of its jobs could be started; no more than are asked for need be counted. */
  readonly ready: number;
  /** How many of its jobs run; counted for owners with a limit only. */
  readonly running: number;
  readonly limits: OwnerLimits;
}

/** The owners with jobs to run, from the one whose turn it is. */
export interface Circle {
  readonly owners: readonly WaitingOwner[];
  /** All of them; else those that come first. */
  readonly isWhole: boolean;
}

/** Who starts how many jobs. */
export interface Turns {
  /** An owner for each job, in the order to start them; it stands for the first of the owner's jobs that is left. */
  readonly owners: readonly string[];
  /** Whose turn it is afterwards. */
  readonly turn: Turn;
}

/** Shares out up to `limit` starts. */
export function takeTurns(before: Turn, { owners: circle, isWhole }: Circle, limit: number): Turns {
  const rooms = circle.map(roomOf);
  const owners: string[] = [];
  let turn = before;
  for (;;) {
    for (const [place, { owner, limits }] of circle.entries()) {
      if (owners.length >= limit) return { owners, turn };
      const taken = turn.owner === owner ? turn.taken : 0;
      const count = Math.max(0, Math.min(rooms[place] ?? 0, limits.weight - taken, limit - owners.length));
      for (let job = 0; job < count; job++) owners.push(owner);
      rooms[place] = (rooms[place] ?? 0) - count;
      turn = { owner, taken: taken + count };
    }
    // Of an incomplete circle, those who are not known have their turn now.
    if (!isWhole) return { owners, turn };
    if (rooms.every((room) => room <= 0)) return { owners, turn: owners.length === 0 ? before : turn };
    if (owners.length >= limit) return { owners, turn };
    // The next round, also of one who is alone.
    turn = firstTurn;
  }
}

/** The turn after one job was started for the owner that {@link takeTurns} names first. */
export function afterStart(turn: Turn, owner: string): Turn {
  return { owner, taken: owner === turn.owner ? turn.taken + 1 : 1 };
}

/** How many more jobs of an owner may be started. */
export function roomOf({ ready, running, limits }: Omit<WaitingOwner, "owner">): number {
  return Math.max(0, Math.min(ready, (limits.runningJobs ?? Number.POSITIVE_INFINITY) - running));
}
