import type { Outcome } from "./matrix.ts";
import { deadPlaces } from "./places.ts";

/** Whether a cell passes: no trap was reached, and an open URL was reached wherever URLs are followed at all. */
export function isRight({ cell, reached, isTaken }: Outcome): boolean {
  if (isTaken) return false;
  if (cell.scheme !== null) return reached === 0;
  return deadPlaces.includes(cell.place) || reached > 0;
}

/** The result as a line of text. */
export function describeOutcome(outcome: Outcome): string {
  const { cell, reached, isTaken, ends } = outcome;
  const verdict = isRight(outcome) ? "right" : "WRONG";
  const taken = isTaken ? ", and taken from" : "";
  return `${verdict}  ${cell.place.name} × ${cell.scheme?.name ?? "open"}: reached ${reached} times${taken}; ${ends.join(", ")}`;
}
