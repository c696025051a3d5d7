import type { Command } from "@commander-js/extra-typings";

/** The options of `vidferry keys create`. */
export const withKeyOptions = (command: Command) =>
  command
    .option("--name <N>", "what it is for (needed)")
    .option("--scopes <S,…>", "downloads:read, downloads:write, files:read, webhooks, admin (default: write)")
    .option("--owner <O>", "whose jobs it sees")
    .option("--expires <TIME>", "a span such as 90d, or a time")
    .option("--origins <O,…>", "pages that may use it")
    .option("--cidrs <C,…>", "networks that it may be used from")
    .option("--quota <LIMITS>", "of its owner, for example queuedJobs=100,jobsPerDay=50");

/** The options of a new key. */
export type KeyFlags = ReturnType<ReturnType<typeof withKeyOptions>["opts"]>;
