import type { Stage, Strike } from "./fault-kind.ts";

/** One of so many faults is a jump of a clock, from this one on. */
const every = 10;
const first = 9;

/** Whether the next fault, after so many, is a jump of a clock. */
export const isJumpDue = (struck: number): boolean => struck % every === first;

/** The clock of a process jumps, ahead or back as its machine's do, and is right again after a while. */
export function clockJump({ crew, random }: Stage): Strike {
  const victim = random.pick(crew.members);
  const ms = random.between(1_000, 20_000);
  return {
    kind: "clock jumped",
    target: victim.name,
    describe: `the clock of ${victim.name} (${victim.process?.pid}) jumps, and back after ${ms} ms`,
    stopsDatabase: false,
    run: () => crew.jump(victim, ms),
  };
}
