import { setTimeout as sleep } from "node:timers/promises";
import { clockJump, isJumpDue } from "./clock-jump.ts";
import { databaseOutage, isOutageDue } from "./database-outage.ts";
import type { Stage, Strike } from "./fault-kind.ts";
import { nextStrike } from "./faults.ts";
import type { Ledger } from "./ledger.ts";

/** Share of the workers that may be faulty at once; the others must have capacity for the jobs these lose. */
const mostWorkersHit = 0.5;

/** Some faults are not drawn, so that each run of their length has them. */
function dueStrike(struck: number, stage: Stage): Strike | null {
  if (isOutageDue(struck)) return databaseOutage(stage);
  return isJumpDue(struck) ? clockJump(stage) : null;
}

/** Injects faults until the ledger has enough; resolves when each has been reverted. */
export async function strikeAll(
  faults: number,
  stage: Stage,
  ledger: Ledger,
  report: (line: string) => void,
): Promise<void> {
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const workers = stage.crew.members.filter(({ role }) => role === "worker").length;
  // Of their own: how many there are depends on the machine, and what is drawn shall not.
  const pauses = stage.random.fork("pauses");
  while (ledger.struckCount() < faults && !ledger.isLate() && failures.length === 0) {
    await sleep(pauses.between(300, 1_500));
    if (ledger.faultsAreAhead()) continue;
    const strike = dueStrike(ledger.struckCount(), stage) ?? nextStrike(stage);
    const isWorker = strike.target.startsWith("worker");
    const workersHit = [...busy].filter((target) => target.startsWith("worker")).length;
    if (busy.has(strike.target) || (isWorker && workersHit >= mostWorkersHit * workers)) continue;
    busy.add(strike.target);
    ledger.struck[strike.kind] = (ledger.struck[strike.kind] ?? 0) + 1;
    report(`fault ${ledger.struckCount()}: ${strike.describe}`);
    const from = Date.now();
    const done: Promise<void> = strike
      .run()
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        const span = { from, to: Date.now() };
        if (strike.stopsDatabase) ledger.databaseAway.push(span);
        ledger.strikes.push({ ...span, describe: strike.describe });
        busy.delete(strike.target);
        running.delete(done);
      });
    running.add(done);
  }
  await Promise.all(running);
  if (failures.length > 0) throw new AggregateError(failures, "a fault could not be undone");
}
