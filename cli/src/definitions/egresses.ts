import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";

const about = {
  reset: "forgets what sites and its proxy have refused, so that it is used again at once; its budget stays",
  enable: "lets jobs use it",
  disable: "lets nothing through it; what runs goes on",
  delete: "removes it with its proxy and cookies",
} as const;

/** `vidferry egresses`. */
export function defineEgresses(root: CommandUnknownOpts, run: Run): void {
  const egresses = root
    .command("egresses")
    .summary("the addresses and cookies that sites see")
    .description(
      "Lists and changes egresses: what sites see of the service. They are made over the API, since secrets do not belong on a command line.",
    );
  const commands = () => import("../commands/egresses.ts");
  egresses
    .command("list")
    .description("each with its state, its uses in the last hour, and why it is held back")
    .option("--json", "as JSON lines, as the API shows them")
    .action(({ json = false }) => run("egresses", async (it) => (await commands()).listEgressesCommand(json, it)));
  for (const action of ["reset", "enable", "disable", "delete"] as const)
    egresses
      .command(action)
      .description(about[action])
      .argument("<NAME>", "of the egress, or its id")
      .action((name) => run("egresses", async (it) => (await commands()).changeEgressCommand(action, name, it)));
}
