import { exitCodes, type Terminal } from "@vidferry/core/program";

/** Shown of what there is. */
const examples = 10;

/** Names files that are not as they were stored; gives the exit code of a command that found these. */
export function noteDamaged(terminal: Terminal, keys: readonly string[], place: string): number {
  for (const key of keys.slice(0, examples))
    terminal.note(`damaged      ${key} is not in the ${place} as it was stored`);
  if (keys.length > examples) terminal.note(`             … and ${keys.length - examples} more`);
  return keys.length === 0 ? exitCodes.done : exitCodes.failed;
}
