import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";

const changes = {
  cancel: "reads no more of its list, and cancels its jobs",
  retry: "queues its failed jobs again, and reads its list on if that failed",
} as const;

/** `vidferry batches`. */
export function defineBatches(root: CommandUnknownOpts, run: Run): void {
  const batches = root
    .command("batches")
    .summary("batches of every owner")
    .description("Lists or changes batches of every owner. Without --yes a change is only told, not made.")
    .addHelpText("after", "\nThe jobs of a batch: vidferry jobs list --batch bat_…");
  const commands = () => import("../commands/batches.ts");
  batches
    .command("list")
    .description("lists batches of every owner, newest first")
    .option("--state <S,…>", "expanding, running, finished, failed, canceled")
    .option("--owner <O>", "whose they are")
    .action((flags) => run("batches", async (it) => (await commands()).listBatchesCommand(flags, it)));
  batches
    .command("show")
    .description("tells all of one, and what was skipped first")
    .argument("<ID>", "of the batch: bat_…")
    .action((id) => run("batches", async (it) => (await commands()).showBatchCommand(id, it)));
  for (const action of ["cancel", "retry"] as const) {
    batches
      .command(action)
      .description(changes[action])
      .argument("<ID...>", "of batches: bat_…")
      .option("--yes", "do it, instead of telling what would be done")
      .action((ids, { yes = false }) =>
        run("batches", async (it) => (await commands()).changeBatchesCommand(action, ids, yes, it)),
      );
  }
}
