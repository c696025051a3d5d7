import type { ServiceDeps } from "../dependencies.ts";
import { offerHints } from "../jobs/announce.ts";

/** Offers due jobs again that no worker claimed for so long: the queue may have lost their hints. Returns how many. */
export async function offerForgottenJobs(deps: ServiceDeps, olderThanMs: number, batch: number): Promise<number> {
  const forgotten = await deps.database.dispatch.takeUnoffered(olderThanMs, batch);
  await offerHints(deps, forgotten);
  return forgotten.length;
}
