import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HistoryRow } from "./history.ts";
import type { PastStrike } from "./ledger.ts";
import type { Finding } from "./verdict.ts";

/** What is known of a run in which a check failed. */
export interface FailedRun {
  readonly seed: number;
  readonly findings: readonly Finding[];
  readonly strikes: readonly PastStrike[];
  readonly rows: readonly HistoryRow[];
}

/**
 * Writes a run to a file, a line of JSON for each event: first the checks that failed, then every write to a job and every fault by
 * time. Returns the path.
 */
export async function keepHistory(folder: string, { seed, findings, strikes, rows }: FailedRun): Promise<string> {
  const events = [
    ...rows.map((row) => ({ ...row, at: row.at.getTime() })),
    ...strikes.flatMap(({ from, to, describe }) => [
      { at: from, fault: describe },
      { at: to, faultIsOver: describe },
    ]),
  ].sort((a, b) => a.at - b.at);
  const lines = [
    ...findings.filter(({ holds }) => !holds).map(({ claim, evidence }) => ({ failed: claim, evidence })),
    ...events.map((event) => ({ ...event, at: new Date(event.at).toISOString() })),
  ];
  await mkdir(folder, { recursive: true });
  const path = join(folder, `chaos-${seed}-${Date.now()}.jsonl`);
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return path;
}
