import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";

/** `vidferry probe`. */
export function defineProbe(root: CommandUnknownOpts, run: Run): void {
  root
    .command("probe")
    .summary("tells what links offer, without downloading")
    .description(
      "Tells what links offer, without downloading: title, formats, subtitles and chapters of a video; of a playlist or channel its entries.",
    )
    .argument("<URL...>", "links of videos, playlists and channels")
    .option("--limit <N>", "of a list at most so many entries (default: 100)")
    .option("--cookies <FILE>", "cookies of an account that may watch it (Netscape's form, cookies.txt)")
    .option("--proxy <URL>", "proxy for all traffic to sources, in place of PROXY_URL")
    .option("--json", "one JSON object a line for each link, instead of tables")
    .action((urls, flags) =>
      run("probe", async (it) => (await import("../commands/probe.ts")).probeCommand(urls, flags, it)),
    );
}
