import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";
import { withDownloadOptions } from "../options/download.ts";

/** `vidferry download`. */
export function defineDownload(root: CommandUnknownOpts, run: Run): void {
  withDownloadOptions(root.command("download"))
    .summary("downloads videos, playlists and channels here")
    .description(
      [
        "Downloads videos, playlists and channels, without a server. Ctrl-C stops; the same command again continues where it stopped. Nothing is",
        "overwritten: a name that is taken gets a number. What was saved is recorded in .vidferry inside DIR; temporary files",
        "there are deleted at the end.",
      ].join(" "),
    )
    .argument("[URL...]", "links of videos, playlists and channels")
    .action((urls, _flags, command) =>
      run("download", async (it) => {
        const [{ applyConfigFile }, { downloadCommand }] = await Promise.all([
          import("../download/config-file.ts"),
          import("../commands/download.ts"),
        ]);
        applyConfigFile(command, it.environment);
        return downloadCommand(urls, command.opts(), it);
      }),
    );
}
