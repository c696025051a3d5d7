import { type Config, manifestPrefix, restoreBackup } from "@vidferry/core";
import { composeBackends, composeBlobs, composeCopies } from "@vidferry/core/compose";
import { UsageError } from "@vidferry/core/program";
import { createSilentLogger, systemClock } from "@vidferry/core/system";
import { createBackupBar } from "../backup-bar.ts";
import { openPlace } from "../backup-place.ts";
import type { Invocation } from "../command-line/invocation.ts";
import { noteDamaged } from "../damaged-files.ts";
import { fileSize } from "../file-size.ts";

/** `vidferry restore`: puts a backup back where there is nothing. */
export async function restoreCommand(
  place: string,
  { backup, files }: { readonly backup?: string | undefined; readonly files: boolean },
  { config: readConfig, terminal, signals }: Invocation,
): Promise<number> {
  if (backup !== undefined && !/^[\w-]+$/.test(backup))
    throw new UsageError(`--backup takes a name that \`vidferry backup ${place} --list\` prints`);
  const config = readConfig();
  const source = await openPlace(place, config);
  const blobs = files ? await composeBlobs(config) : null;
  const bar = createBackupBar(terminal, 0);
  try {
    const report = await restoreBackup({
      source,
      ...(backup !== undefined && { key: `${manifestPrefix}${backup}.json` }),
      copies: await composeCopies(config),
      blobs,
      signal: signals.stop,
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
