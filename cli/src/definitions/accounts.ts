import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";

/** `vidferry accounts`. */
export function defineAccounts(root: CommandUnknownOpts, run: Run): void {
  root
    .command("accounts")
    .description("deletes all that is kept of an owner")
    .command("erase")
    .summary("deletes all that is kept of an owner")
    .description(
      [
        "Deletes all that is kept of an owner: keys, jobs with their files, limits, webhooks and their deliveries, history and",
        "statistics. The audit log keeps what was done, without the owner's name. Without --yes it only says what there is. It",
        "cannot be undone, but backups still have it. Done again after an interruption, it goes on.",
      ].join(" "),
    )
    .argument("<OWNER>", "whose keys, jobs and files are erased")
    .option("--yes", "do it, instead of telling what there is")
    .action((owner, { yes = false }) =>
      run("accounts", async (it) => (await import("../commands/accounts.ts")).eraseCommand({ owner, yes }, it)),
    );
}
