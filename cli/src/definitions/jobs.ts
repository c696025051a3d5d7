import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";
import { withFilter } from "../options/jobs.ts";

const about = {
  list: "lists jobs of every owner",
  retry: "queues them anew",
  cancel: "cancels them",
  delete: "removes them, with their files",
} as const;

/** `vidferry jobs`. */
export function defineJobs(root: CommandUnknownOpts, run: Run): void {
  const jobs = root
    .command("jobs")
    .summary("jobs of every owner, by state, error or age")
    .description("Lists or changes jobs of every owner. Without --yes a change is only told, not made.")
    .addHelpText(
      "after",
      `
Examples:
  vidferry jobs list --code worker_lost            the dead letters: jobs whose workers were lost again and again
  vidferry jobs retry --code worker_lost --yes     queues them anew
  vidferry jobs delete --older-than 90d --yes      removes jobs that ended longer ago, with their files`,
    );
  for (const action of ["list", "retry", "cancel", "delete"] as const) {
    withFilter(jobs.command(action))
      .description(about[action])
      .action((ids, flags) =>
        run("jobs", async (it) => (await import("../commands/jobs.ts")).jobsCommand(action, ids, flags, it)),
      );
  }
}
