import type { ServiceDeps } from "../dependencies.ts";

/** Forgets what `Idempotency-Key`s stood for once they were kept long enough: answers, and the keys of jobs. Returns how many. */
export async function forgetOldIdempotencyKeys(
  { database }: Pick<ServiceDeps, "database">,
  batch: number,
  signal: AbortSignal,
): Promise<number> {
  let forgotten = 0;
  for (const forget of [database.answers.removeOld, database.jobs.forgetKeys]) {
    for (let last = batch; last === batch && !signal.aborted; forgotten += last) last = await forget(batch);
  }
  return forgotten;
}
