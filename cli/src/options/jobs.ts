import type { Command } from "@commander-js/extra-typings";

/** The options of `vidferry jobs`. */
export const withFilter = (command: Command) =>
  command
    .argument("[ID...]", "jobs, instead of a filter")
    .option("--state <S,…>", "scheduled, queued, paused, running, succeeded, failed, canceled")
    .option("--code <C,…>", "the code of their error")
    .option("--owner <O>", "whose they are")
    .option("--batch <ID>", "the children of a batch: bat_…")
    .option("--schedule <ID>", "what a schedule made: sch_…")
    .option("--older-than <SPAN>", "ended longer ago: 12h, 90d, 4w")
    .option("--limit <N>", "at most so many")
    .option("--yes", "do it, instead of telling what would be done");

/** The options that say which jobs a command is about. */
export type JobFlags = ReturnType<ReturnType<typeof withFilter>["opts"]>;

/** What can be done to jobs. */
export type JobAction = "retry" | "cancel" | "delete";
