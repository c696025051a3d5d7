import { type BlobStore, type Config, listManifests, makeBackup, readManifest } from "@vidferry/core";
import { composeBackends, composeCopies } from "@vidferry/core/compose";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import { createSilentLogger, systemClock } from "@vidferry/core/system";
import packageJson from "../../package.json" with { type: "json" };
import { createBackupBar } from "../backup-bar.ts";
import { openPlace } from "../backup-place.ts";
import { noteDamaged } from "../damaged-files.ts";
import { fileSize } from "../file-size.ts";
import { readOptions } from "../read-options.ts";

/** The help of `vidferry backup`. */
export const backupHelp = `vidferry backup PLACE [--keep N] [--no-files] | backup PLACE --list

Copies the database, and the files that it names, to PLACE: a folder, or an address like STORAGE_URL
(s3://bucket/prefix?…). The service may run meanwhile. What an earlier backup in the same place has copied is not copied
again, so that a daily backup moves a day's files.

  --keep N     removes all but the newest N backups, and the files that none of those names
  --no-files   the database alone, where the storage has copies of its own (versions or replicas of a bucket)
  --list       lists the backups of PLACE`;

const options = {
  keep: { type: "string" },
  "no-files": { type: "boolean" },
  list: { type: "boolean" },
} as const;

/** `vidferry backup`: copies the database and its files while the service runs. */
export async function backupCommand(
  args: readonly string[],
  readConfig: () => Config,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    terminal.out(backupHelp);
    return exitCodes.done;
  }
  const { place, keep, noFiles, list } = readArguments(args);
  const config = readConfig();
  const target = await openPlace(place, config);
  if (list) {
    try {
      return await listBackups(target, terminal);
    } finally {
      await target.close();
    }
  }
  const backends = await composeBackends(
    { ...config, REDIS_URL: null },
    { clock: systemClock, logger: createSilentLogger(), migrate: false },
  );
  const { database, blobs } = backends;
  const bar = createBackupBar(terminal, await database.blobs.count());
  try {
    const report = await makeBackup({
      database,
      copies: await composeCopies(config),
      blobs: noFiles ? null : blobs,
      target,
      clock: systemClock,
      version: packageJson.version,
      keep,
      signal,
      onProgress: (progress) => bar.show(progress),
    });
    bar.stop();
    const { files, database: copy } = report.manifest;
    terminal.out(`backup       ${nameOf(report.key)}`);
    terminal.out(`database     ${fileSize(copy.bytes)}`);
    if (files !== null)
      terminal.out(
        `files        ${files.count}, ${fileSize(files.bytes)}; copied now: ${fileSize(report.copiedBytes)}`,
      );
    return noteDamaged(terminal, report.damaged, "storage");
  } finally {
    bar.stop();
    await Promise.allSettled([backends.close(), target.close()]);
  }
}

async function listBackups(target: BlobStore, terminal: Terminal): Promise<number> {
  const keys = await listManifests(target);
  for (const key of keys) {
    const { database, files, version } = await readManifest(target, key);
    const what = files === null ? "no files" : `${files.count} files, ${fileSize(files.bytes)}`;
    terminal.out(`${nameOf(key)}  ${database.kind}, ${fileSize(database.bytes)}, ${what}, by version ${version}`);
  }
  if (keys.length === 0) terminal.note("there is no backup in this place");
  return exitCodes.done;
}

/** The name of a backup, as people see it: `20261126T061745123Z`. */
const nameOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1).replace(/\.json$/, "");

function readArguments(args: readonly string[]) {
  const { values, positionals } = readOptions(args, options, backupHelp);
  const [place, ...others] = positionals;
  if (place === undefined || others.length > 0) throw new UsageError(backupHelp);
  const keep = values.keep === undefined ? null : Number(values.keep);
  if (keep !== null && (!Number.isSafeInteger(keep) || keep < 1)) {
    throw new UsageError(`--keep takes a number of backups, 1 or more, but got ${JSON.stringify(values.keep)}`);
  }
  return { place, keep, noFiles: values["no-files"] ?? false, list: values.list ?? false };
}
