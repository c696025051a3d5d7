import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client.ts";
import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { PlannedJob } from "./plan.ts";
import { type TenantName, tenantNames } from "./tenants.ts";

/** Unfinished jobs of the tenant that asks for a few at a time. */
const window = 6;
/** How far the share of accepted jobs runs ahead of the share of faults before the one that floods waits for them. */
const flood = 0.5;

/** What a submission works with. */
export interface SubmissionParts {
  readonly clients: Readonly<Record<TenantName, Client>>;
  readonly history: History;
  readonly ledger: Ledger;
  readonly report: (line: string) => void;
}

/** Submits the planned jobs, each tenant its own, and cancels some of them; resolves when all were answered. */
export async function submitAll(planned: readonly PlannedJob[], parts: SubmissionParts): Promise<{ leaks: string[] }> {
  const leaks: string[] = [];
  await Promise.all(
    tenantNames.map((name) => {
      const own = planned.filter(({ tenant }) => tenant === name);
      return submitOwn(name, own, parts, leaks);
    }),
  );
  return { leaks };
}

async function submitOwn(
  name: TenantName,
  planned: readonly PlannedJob[],
  { clients, history, ledger, report }: SubmissionParts,
  leaks: string[],
): Promise<void> {
  const client = clients[name];
  const other = clients[tenantNames[(tenantNames.indexOf(name) + 1) % tenantNames.length] ?? name];
  const cancels: Promise<void>[] = [];
  const cancelLater = async (index: number, id: string, job: PlannedJob, afterMs: number): Promise<void> => {
    await sleep(afterMs);
    ledger.accepted[index] = { id, planned: job, canceled: await client.cancel(id) };
  };
  for (const [count, job] of planned.entries()) {
    const lead = () => count / planned.length - ledger.faultShare();
    // The flood comes in bursts: as much as it may, then nothing until the faults have caught up.
    if (name === "flooder") {
      if (lead() > flood) while (lead() > 0 && !ledger.isLate()) await sleep(50);
    } else while (lead() > 0.1 && !ledger.isLate()) await sleep(50);
    if (ledger.isLate()) break;
    // The database may be away just now.
    while (name === "steady" && (await history.unfinished(name).catch(() => window)) >= window) await sleep(50);
    const id = await client.submit(job);
    const index = ledger.accepted.push({ id, planned: job, canceled: null }) - 1;
    if (job.cancelAfterMs !== null) cancels.push(cancelLater(index, id, job, job.cancelAfterMs));
    if (count % pryEvery === 0) {
      const leak = await other.pry(id);
      if (leak !== null) leaks.push(leak);
    }
    if (ledger.accepted.length % 50 === 0) report(`${ledger.accepted.length} jobs accepted`);
  }
  await Promise.all(cancels);
}

/** One of so many jobs is looked at by another tenant. */
const pryEvery = 5;

/** How many of the planned jobs are looked at. */
export const looksAt = (planned: readonly PlannedJob[]): number =>
  tenantNames.reduce(
    (sum, name) => sum + Math.ceil(planned.filter(({ tenant }) => tenant === name).length / pryEvery),
    0,
  );
