import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";
import { withDownloadOptions } from "../options/download.ts";

/** `vidferry download`. */
export function defineDownload(root: CommandUnknownOpts, run: Run): void {
  withDownloadOptions(root.command("download"))
    .summary("downloads videos here")
    .description(
      [
        "Downloads videos, without a server. Ctrl-C stops; the same command again continues where it stopped. Nothing is",
        "overwritten: a name that is taken gets a number. What was saved is recorded in .vidferry inside DIR; temporary files",
        "there are deleted at the end.",
      ].join(" "),
    )
    .argument("[URL...]", "links of videos")
    .action((urls, flags) =>
      run("download", async (it) => (await import("../commands/download.ts")).downloadCommand(urls, flags, it)),
    );
}
