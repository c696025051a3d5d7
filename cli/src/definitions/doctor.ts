import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "@vidferry/core/program";
import type { Run } from "../command-line/invocation.ts";

/** `vidferry doctor`. */
export function defineDoctor(root: CommandUnknownOpts, run: Run): void {
  root
    .command("doctor")
    .summary("checks every program and service; --orphans lists stored files without a job")
    .description(
      [
        "Checks every program and service, one line each, with what to do about a failure. With --orphans it lists instead the",
        "stored files and uploads that belong to no job of this database, and says what the service would do with them, or why it",
        "does nothing. It is read-only without --delete or --adopt.",
      ].join(" "),
    )
    .option("--orphans", "stored files without a job, instead of the checks")
    .option(
      "--delete",
      "deletes those older than ORPHAN_SECONDS, however many they are, where the storage is this deployment's",
    )
    .option(
      "--adopt",
      "marks the storage and WORK_DIR as this deployment's, whatever mark they have: after a move to another database",
    )
    .action(({ orphans = false, delete: deletes = false, adopt = false }) =>
      run("doctor", async (it) => {
        if ((adopt || deletes) && !orphans) throw new UsageError("--adopt and --delete belong to --orphans");
        if (adopt && deletes) throw new UsageError("--adopt and --delete are two steps");
        if (!orphans) return (await import("../commands/doctor.ts")).doctorCommand(it.config(), it.terminal);
        const { doctorOrphansCommand } = await import("../commands/doctor-orphans.ts");
        return doctorOrphansCommand({ adopt, delete: deletes }, it.config(), it.terminal);
      }),
    );
}
