import type { Command } from "@commander-js/extra-typings";

/** The options of `vidferry schedules import`. */
export const withImportOptions = (command: Command) =>
  command
    .argument("<FILE>", "OPML or subscriptions.csv; - reads standard input")
    .option("--tabs <T,…>", "videos, shorts, streams: a schedule for each (default: videos)")
    .option("--limit <N>", "look at the newest so many each time, 1 to 5000 (default: 20)")
    .option("--cron <PATTERN>", "when (default: once a day, each at a time of its own)")
    .option("--time-zone <Z>", "whose clocks the pattern is read by (default: UTC)")
    .option("--audio <FORMAT>", "as audio: best, mp3, m4a, opus, flac, wav")
    .option("--quality <Q>", "as video: best, 1080p, 720p …")
    .option("--owner <O>", "whose they will be (default: local)")
    .option("--server <URL>", "at a running service, with the key in VIDFERRY_API_KEY; else in the database")
    .option("--yes", "do it, instead of telling what would be done");

/** What to import, and how. */
export type ImportFlags = ReturnType<ReturnType<typeof withImportOptions>["opts"]>;
