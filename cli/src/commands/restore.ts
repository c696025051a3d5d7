import { type Config, manifestPrefix, restoreBackup } from "@vidferry/core";
import { composeBackends, composeBlobs, composeCopies } from "@vidferry/core/compose";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import { createSilentLogger, systemClock } from "@vidferry/core/system";
import { createBackupBar } from "../backup-bar.ts";
import { openPlace } from "../backup-place.ts";
import { noteDamaged } from "../damaged-files.ts";
import { fileSize } from "../file-size.ts";
import { readOptions } from "../read-options.ts";

/** The help of `vidferry restore`. */
export const restoreHelp = `vidferry restore PLACE [--backup NAME] [--no-files]

Puts a backup that \`vidferry backup\` made back: the files into STORAGE_URL, which must be empty or the same deployment's,
and the database to where DATABASE_URL points, where there must be none. The service must not run. A restore that was
interrupted is done again; it goes on with the files that are missing.

  --backup NAME  one of those that \`vidferry backup PLACE --list\` names; the newest without it
  --no-files     the database alone, where the storage still has its files`;

/** `vidferry restore`: puts a backup back where there is nothing. */
export async function restoreCommand(
  args: readonly string[],
  readConfig: () => Config,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.out(restoreHelp);
    return exitCodes.done;
  }
  const { place, backup, noFiles } = readArguments(args);
  const config = readConfig();
  const source = await openPlace(place, config);
  const blobs = noFiles ? null : await composeBlobs(config);
  const bar = createBackupBar(terminal, 0);
  try {
    const report = await restoreBackup({
      source,
      ...(backup !== undefined && { key: `${manifestPrefix}${backup}.json` }),
      copies: await composeCopies(config),
      blobs,
      signal,
      onProgress: (progress) => bar.show(progress),
    });
    bar.stop();
    await migrate(config);
    terminal.out(`restored     the backup of ${report.manifest.createdAt}, and brought to this version`);
    terminal.out(`files        ${report.files}; copied now: ${fileSize(report.copiedBytes)}`);
    return noteDamaged(terminal, report.damaged, "backup");
  } finally {
    bar.stop();
    await Promise.allSettled([source.close(), blobs?.close()]);
  }
}

/** A backup of an earlier version has an earlier schema. */
async function migrate(config: Config): Promise<void> {
  const backends = await composeBackends(
    { ...config, REDIS_URL: null },
    { clock: systemClock, logger: createSilentLogger(), migrate: false },
  );
  try {
    await backends.migrate();
    await backends.database.check();
  } finally {
    await backends.close();
  }
}

const options = { backup: { type: "string" }, "no-files": { type: "boolean" } } as const;

function readArguments(args: readonly string[]) {
  const { values, positionals } = readOptions(args, options, restoreHelp);
  const [place, ...others] = positionals;
  if (place === undefined || others.length > 0) throw new UsageError(restoreHelp);
  if (values.backup !== undefined && !/^[\w-]+$/.test(values.backup)) {
    throw new UsageError(`--backup takes a name that \`vidferry backup ${place} --list\` prints`);
  }
  return { place, backup: values.backup, noFiles: values["no-files"] ?? false };
}
