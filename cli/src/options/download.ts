import type { Command } from "@commander-js/extra-typings";
import { withRequestOptions } from "./request.ts";

/** The options of `vidferry download`. */
export const withDownloadOptions = (command: Command) =>
  withRequestOptions(command)
    .optionsGroup("Where from and to:")
    .option("--cookies <FILE>", "cookies of an account that may watch it (Netscape's form, cookies.txt)")
    .option("-o, --out <DIR>", "where the files go", ".")
    .optionsGroup("Output:")
    .option("--json", "one JSON object a line instead of a progress bar")
    .optionsGroup("Options:");

/** The options of `vidferry download`. */
export type DownloadFlags = ReturnType<ReturnType<typeof withDownloadOptions>["opts"]>;
