import { exitCodes } from "@vidferry/core/program";

/** What each exit code means, for references. */
export const exitMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.done, "done"],
  [exitCodes.failed, "failed; of several downloads at least one"],
  [exitCodes.usage, "the command was typed wrongly"],
  [exitCodes.configuration, "a setting is wrong, or something is needed that is not there"],
  [exitCodes.interrupted, "stopped by Ctrl-C or a signal; the same command again continues"],
];
