import type { LoadReport } from "./run.ts";

/** Most faults that are told one by one. */
const told = 20;

/** A table with a line for each kind of request: how many, how long they took, and their statuses. */
export function describeKinds({ kinds }: LoadReport): string[] {
  const row = (name: string, cells: readonly string[]) =>
    [name.padEnd(24), ...cells.map((cell) => cell.padStart(9))].join(" ");
  return [
    `${row("kind", ["requests", "p50 ms", "p95 ms", "p99 ms"])}  statuses`,
    ...kinds.map(({ kind, requests, p50, p95, p99, statuses }) => {
      const answers = Object.entries(statuses).map(([status, times]) => `${status}: ${times}`);
      const times = [p50, p95, p99].map((ms) => ms.toFixed(1));
      return `${row(kind, [String(requests), ...times])}  ${answers.join(", ")}`;
    }),
  ];
}

/** What was not as it has to be, and the verdict. */
export function describeFaults({ faults }: LoadReport): string[] {
  const verdict = faults.length === 0 ? "every answer is as the profile says" : `${faults.length} answers are not`;
  return [...faults.slice(0, told).map((fault) => `FAILED  ${fault}`), verdict];
}
