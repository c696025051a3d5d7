import { setTimeout as sleep } from "node:timers/promises";
import type { Door } from "./door.ts";
import type { FaultKind, Prepare } from "./fault-kind.ts";

function at(longestMs: number, what: string, begin: (door: Door) => unknown, end: (door: Door) => unknown): Prepare {
  return ({ doors, random }) => {
    const door = random.pick(doors);
    const ms = random.between(500, longestMs);
    return {
      target: `egress ${door.name}`,
      describe: `the egress ${door.name} ${what} for ${ms} ms`,
      run: async () => {
        await begin(door);
        await sleep(ms);
        await end(door);
      },
    };
  };
}

/** What happens to egresses: their proxy dies, or the source turns away who comes through it. */
export const ofEgresses: readonly FaultKind[] = [
  {
    kind: "egress dead",
    weight: 5,
    prepare: at(
      4_000,
      "is dead",
      (door) => door.close(),
      (door) => door.open(),
    ),
  },
  {
    kind: "egress turned away",
    weight: 5,
    prepare: at(
      4_000,
      "is turned away",
      (door) => Object.assign(door, { turnedAway: true }),
      (door) => Object.assign(door, { turnedAway: false }),
    ),
  },
];
