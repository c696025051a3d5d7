import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";

/** `vidferry backup`. */
export function defineBackup(root: CommandUnknownOpts, run: Run): void {
  root
    .command("backup")
    .summary("copies the database and its files")
    .description(
      [
        "Copies the database, and the files that it names, to PLACE: a folder, or an address like STORAGE_URL",
        "(s3://bucket/prefix?…). The service may run meanwhile. What an earlier backup in the same place has copied is not copied",
        "again, so that a daily backup moves a day's files.",
      ].join(" "),
    )
    .argument("<PLACE>", "where the copies go")
    .option("--keep <N>", "removes all but the newest N backups, and the files that none of those names")
    .option(
      "--no-files",
      "the database alone, where the storage has copies of its own (versions or replicas of a bucket)",
    )
    .option("--list", "lists the backups of PLACE")
    .action((place, flags) =>
      run("backup", async (it) => (await import("../commands/backup.ts")).backupCommand(place, flags, it)),
    );
}

/** `vidferry restore`. */
export function defineRestore(root: CommandUnknownOpts, run: Run): void {
  root
    .command("restore")
    .summary("puts a backup back")
    .description(
      [
        "Puts a backup that `vidferry backup` made back: the files into STORAGE_URL, which must be empty or the same deployment's,",
        "and the database to where DATABASE_URL points, where there must be none. The service must not run. A restore that was",
        "interrupted is done again; it goes on with the files that are missing.",
      ].join(" "),
    )
    .argument("<PLACE>", "where the copies are")
    .option("--backup <NAME>", "one of those that `vidferry backup PLACE --list` names; the newest without it")
    .option("--no-files", "the database alone, where the storage still has its files")
    .action((place, flags) =>
      run("restore", async (it) => (await import("../commands/restore.ts")).restoreCommand(place, flags, it)),
    );
}
