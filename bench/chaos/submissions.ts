import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client.ts";
import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { PlannedJob } from "./plan.ts";

/** Jobs that are not over at any time: no more than half the fleet has slots for, so that what is lost need not queue behind others. */
const window = 6;

/** Submits the planned jobs, and cancels some of them; resolves when all were answered. */
export async function submitAll(
  planned: readonly PlannedJob[],
  parts: {
    readonly client: Client;
    readonly history: History;
    readonly ledger: Ledger;
    readonly report: (line: string) => void;
  },
): Promise<void> {
  const { client, history, ledger, report } = parts;
  const cancels: Promise<void>[] = [];
  const cancelLater = async (index: number, id: string, job: PlannedJob, afterMs: number): Promise<void> => {
    await sleep(afterMs);
    ledger.accepted[index] = { id, planned: job, canceled: await client.cancel(id) };
  };
  let unfinished = 0;
  for (const job of planned) {
    while (ledger.jobsAreAhead() && !ledger.isLate()) await sleep(50);
    if (ledger.isLate()) break;
    while (unfinished >= window) {
      await sleep(50);
      // The database may be away just now.
      unfinished = await history.unfinished().catch(() => unfinished);
    }
    const id = await client.submit(job);
    unfinished += 1;
    const index = ledger.accepted.push({ id, planned: job, canceled: null }) - 1;
    if (job.cancelAfterMs !== null) cancels.push(cancelLater(index, id, job, job.cancelAfterMs));
    if (ledger.accepted.length % 50 === 0) report(`${ledger.accepted.length} jobs accepted`);
  }
  await Promise.all(cancels);
}
