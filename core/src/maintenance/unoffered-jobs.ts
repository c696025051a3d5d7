import type { ServiceDeps } from "../dependencies.ts";
import { offerHints } from "../jobs/announce.ts";

/** Offers due jobs again that nobody claimed for so long: the queue may have lost its hint. Returns how many. */
export async function offerForgottenJobs(deps: ServiceDeps, olderThanMs: number, batch: number): Promise<number> {
  const forgotten = await deps.store.dispatch.takeUnoffered(olderThanMs, batch);
  await offerHints(deps, forgotten);
  return forgotten.length;
}
