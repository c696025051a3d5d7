import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";
import { withImportOptions } from "../options/schedules.ts";

/** `vidferry schedules`. */
export function defineSchedules(root: CommandUnknownOpts, run: Run): void {
  const schedules = root
    .command("schedules")
    .summary("schedules, and subscriptions that become some")
    .description("Lists schedules, or makes them of the subscriptions of another program.");
  const commands = () => import("../commands/schedules.ts");
  schedules
    .command("list")
    .description("lists schedules of every owner, newest first")
    .option("--owner <O>", "whose they are")
    .option("--server <URL>", "of a running service, with the key in VIDFERRY_API_KEY")
    .action((flags) => run("schedules", async (it) => (await commands()).listSchedulesCommand(flags, it)));
  withImportOptions(schedules.command("import"))
    .summary("makes a schedule for each subscription of a file")
    .description(
      "Makes a schedule for each subscription of a file: OPML, as feed readers and podcast players export it, or the subscriptions.csv of Google Takeout. What has a schedule already is left as it is. Without --yes it is only told what would be made.",
    )
    .addHelpText(
      "after",
      `
Examples:
  vidferry schedules import subscriptions.opml --audio m4a --yes      every day what is new, as audio
  vidferry schedules import - --tabs videos,shorts < subscriptions.csv`,
    )
    .action((file, flags) =>
      run("schedules", async (it) => (await commands()).importSchedulesCommand(file, flags, it)),
    );
}
