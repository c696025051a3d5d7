import type { Command } from "@commander-js/extra-typings";
import { withRequestOptions } from "./request.ts";

/** The options of `vidferry download`. */
export const withDownloadOptions = (command: Command) =>
  withRequestOptions(command)
    .optionsGroup("Which videos:")
    .option("-i, --input <FILE>", "also the links in this file, one a line; - for standard input")
    .option("--limit <N>", "of a playlist or channel at most so many, from its beginning")
    .option("--match <TITLE>", "of a list those with this text in the title, or that match /a pattern/i")
    .option("--after <DATE>", "of a list those that were published on this day or later")
    .option("--before <DATE>", "of a list those that were published before this day")
    .option("--new", "only what was never saved here, also when its files are gone: what is new since last time")
    .option("--force", "download again what is already here; it gets another name")
    .option("--dry-run", "tell what would be downloaded, and download nothing")
    .optionsGroup("Where from and to:")
    .option("-o, --out <DIR>", "where the files go (default: here)")
    .option("--cookies <FILE>", "cookies of an account that may watch it (Netscape's form, cookies.txt)")
    .option("--proxy <URL>", "proxy for all traffic to sources, in place of PROXY_URL")
    .option("--limit-rate <RATE>", "at most so much a second from all sources together: 500k, 2.5M")
    .option("-j, --jobs <N>", "videos at the same time (default: 2)")
    .optionsGroup("Settings and output:")
    .option("--preset <NAME>", "options of this name in the configuration file, or podcast, music, archive")
    .option("--config <FILE>", "the configuration file (default: ~/.config/vidferry/config.toml)")
    .option("--json", "one JSON object a line instead of a progress bar")
    .option("-q, --quiet", "tell only what failed")
    .option("-v, --verbose", "also tell what is done inside")
    .optionsGroup("Options:");

/** What they were given. */
export type DownloadFlags = ReturnType<ReturnType<typeof withDownloadOptions>["opts"]>;
