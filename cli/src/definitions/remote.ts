import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";
import { withRequestOptions } from "../options/request.ts";
import { withServerOptions } from "../options/server.ts";

const json = ["--json", "one JSON object a line"] as const;

/** `vidferry remote`: the same as `download`, done by a server. */
export function defineRemote(root: CommandUnknownOpts, run: Run): void {
  const remote = root
    .command("remote")
    .summary("downloads through a server, and manages your jobs there")
    .description(
      [
        "Uses a Vidferry service instead of this machine: `vidferry remote URL…` makes the jobs, shows how far they are, and saves",
        "their files here. Ctrl-C leaves the jobs running; the same command again goes on with them.",
      ].join(" "),
    );
  const commands = () => import("../commands/remote.ts");

  // Both begin with an own command, since each call of the functions has a type of its own.
  const get = withRequestOptions(withServerOptions(remote.command("get", { isDefault: true })) as unknown as Command);
  get
    .optionsGroup("Which videos:")
    .option("-i, --input <FILE>", "also the links in this file, one a line; - for standard input")
    .option("--limit <N>", "of a playlist or channel at most so many, from its beginning")
    .option("--match <TITLE>", "of a list those with this text in the title, or that match /a pattern/i")
    .option("--new", "only what was never saved here, also when its files are gone: what is new since last time")
    .optionsGroup("Output:")
    .option("-o, --out <DIR>", "where the files go (default: here)")
    .option("-j, --jobs <N>", "videos that are waited for at the same time (default: 4)")
    .option("--detach", "make the jobs, and a batch of each list, and print their ids, without waiting for them")
    .option("-q, --quiet", "tell only what failed")
    .option("-v, --verbose", "also tell what is asked of the server")
    .option(...json)
    .optionsGroup("Options:")
    .summary("downloads: what `vidferry remote URL…` means")
    .description("Makes a job of each video, shows how far it is, and saves its files.")
    .argument("[URL...]", "links of videos, playlists and channels")
    .action((urls, _flags, command) =>
      run("remote", async (it) =>
        (await import("../commands/remote-get.ts")).remoteGetCommand(urls, command.opts(), it),
      ),
    );

  withServerOptions(remote.command("list"))
    .optionsGroup("Which jobs:")
    .option("--state <S>", "scheduled, queued, paused, running, succeeded, failed, canceled")
    .option("--query <TEXT>", "with this text in title, channel or link")
    .option("--limit <N>", "at most so many, the newest first (default: 20)")
    .optionsGroup("Output:")
    .option(...json)
    .optionsGroup("Options:")
    .description("lists your jobs")
    .action((flags) => run("remote", async (it) => (await commands()).remoteListCommand(flags, it)));

  withServerOptions(remote.command("follow"))
    .optionsGroup("Output:")
    .option(...json)
    .optionsGroup("Options:")
    .description("shows how far jobs and batches are until they are over")
    .argument("<ID...>", "of jobs or batches")
    .action((ids, flags) => run("remote", async (it) => (await commands()).remoteFollowCommand(false, ids, flags, it)));
  withServerOptions(remote.command("save"))
    .optionsGroup("Output:")
    .option("-o, --out <DIR>", "where the files go (default: here)")
    .option(...json)
    .optionsGroup("Options:")
    .description("saves the files of jobs and batches, as they are done")
    .argument("<ID...>", "of jobs or batches")
    .action((ids, flags) => run("remote", async (it) => (await commands()).remoteFollowCommand(true, ids, flags, it)));
  for (const [name, about] of [
    ["cancel", "stops jobs and batches for good; a retry can revive them"],
    ["retry", "queues failed or canceled jobs again, and the failed ones of batches"],
  ] as const) {
    withServerOptions(remote.command(name))
      .optionsGroup("Output:")
      .option(...json)
      .optionsGroup("Options:")
      .description(about)
      .argument("<ID...>", "of jobs or batches")
      .action((ids, flags) => run("remote", async (it) => (await commands()).remoteMoveCommand(name, ids, flags, it)));
  }
}
