import type { SQL } from "drizzle-orm";
import { quotaExceeded } from "../../../accounts/admission.ts";
import type { Job } from "../../../jobs/job.ts";
import type { ClientMove, MovedJobs } from "../../../jobs/jobs.ts";
import { storableText } from "../../../jobs/rules/storable.ts";
import { isTerminal, jobMoves } from "../../../jobs/states.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { inTransaction, roomAgain } from "./admit-jobs.ts";
import { afterEnd } from "./after-end.ts";
import { type Changes, idle, queuedByHand, startedOver } from "./changes.ts";
import type { QueryBuilder, SqlConnection } from "./connection.ts";
import { toJob } from "./job-row.ts";
import { movable, movableJobs, updatePicked } from "./queue-queries.ts";
import { takeUpBatches } from "./take-up-batches.ts";
import { endJobs, updateJobs } from "./update-jobs.ts";

/** Moves the job that the condition holds for; null when there is none. */
export async function moveJob(
  connection: SqlConnection,
  move: ClientMove,
  where: SQL | undefined,
): Promise<Job | null> {
  const changes = changesOf(connection, move);
  if (move === "retry") return await retryJob(connection, changes, where);
  const write = isTerminal(jobMoves[move].to) ? endJobs : updateJobs;
  const [job] = await write(connection, changes, where);
  return job ?? null;
}

/** Several moves of jobs of one owner. */
interface Moves {
  readonly ids: readonly JobId[];
  readonly owner: string;
  readonly move: ClientMove;
}

/** Moves those of the jobs that may, in one transaction. */
export async function moveJobs(connection: SqlConnection, moves: Moves): Promise<MovedJobs> {
  const changes = { updatedAt: connection.time.now(), ...changesOf(connection, moves.move) };
  return await connection.transaction(async (db) => {
    const { ids, refused } = await admitted(db, connection, moves);
    if (ids.length === 0) return { moved: [], refused };
    const picked = movable(db, connection, { ...moves, ids });
    const moved = (await updatePicked(db, connection, picked, changes)).map(toJob);
    if (isTerminal(jobMoves[moves.move].to)) await afterEnd(db, connection, moved);
    if (moves.move === "retry") await takeUpBatches(db, connection, moved);
    return { moved, refused };
  });
}

/** Of the jobs those that the owner's account has room for: the first of those that may move. */
async function admitted(
  db: QueryBuilder,
  connection: SqlConnection,
  moves: Moves,
): Promise<Pick<MovedJobs, "refused"> & Pick<Moves, "ids">> {
  const { ids, owner, move } = moves;
  if (move !== "retry") return { ids, refused: [] };
  const { room, exceeded } = await roomAgain(db, connection, storableText(owner));
  if (exceeded === null || room >= ids.length) return { ids, refused: [] };
  const rows = await movableJobs(db, connection, moves);
  const open = new Set(rows.map(({ id }) => id));
  const wanted = ids.filter((id) => open.has(id));
  const error = quotaExceeded(exceeded);
  return { ids: wanted.slice(0, room), refused: wanted.slice(room).map((id) => ({ id, error })) };
}

/** Queues a job again. Throws `quota_exceeded` when its owner's account has no room for it. */
async function retryJob(connection: SqlConnection, changes: Changes, where: SQL | undefined): Promise<Job | null> {
  return await connection.transaction(async (db) => {
    const { jobs } = connection.schema;
    const [found] = await db.select({ owner: jobs.owner }).from(jobs).where(where);
    if (found === undefined) return null;
    const { room, exceeded } = await roomAgain(db, connection, found.owner);
    if (room < 1 && exceeded !== null) throw quotaExceeded(exceeded);
    const moved = await updateJobs(inTransaction(connection, db), changes, where);
    await takeUpBatches(db, connection, moved);
    return moved[0] ?? null;
  });
}

function changesOf(connection: SqlConnection, move: ClientMove): Changes {
  switch (move) {
    case "resume":
      return queuedByHand(connection);
    case "retry":
      return { ...queuedByHand(connection), ...startedOver };
    case "pause":
      return { ...idle, state: jobMoves.pause.to, nextAttemptAt: null };
    case "cancel":
      return {
        ...idle,
        state: jobMoves.cancel.to,
        nextAttemptAt: null,
        error: null,
        finishedAt: connection.time.now(),
      };
  }
}
