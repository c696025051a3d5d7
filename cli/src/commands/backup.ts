import { type BlobStore, listManifests, makeBackup, readManifest } from "@vidferry/core";
import { composeBackends, composeCopies } from "@vidferry/core/compose";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import { createSilentLogger, systemClock } from "@vidferry/core/system";
import packageJson from "../../package.json" with { type: "json" };
import { createBackupBar } from "../backup-bar.ts";
import { openPlace } from "../backup-place.ts";
import type { Invocation } from "../command-line/invocation.ts";
import { noteDamaged } from "../damaged-files.ts";
import { fileSize } from "../file-size.ts";

/** `vidferry backup`: copies the database and its files while the service runs. */
export async function backupCommand(
  place: string,
  flags: { readonly keep?: string | undefined; readonly files: boolean; readonly list?: true | undefined },
  { config: readConfig, terminal, signals }: Invocation,
): Promise<number> {
  const keep = readKeep(flags.keep);
  const config = readConfig();
  const target = await openPlace(place, config);
  if (flags.list) {
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
      blobs: flags.files ? blobs : null,
      target,
      clock: systemClock,
      version: packageJson.version,
      keep,
      signal: signals.stop,
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

function readKeep(text: string | undefined): number | null {
  if (text === undefined) return null;
  const keep = Number(text);
  if (!Number.isSafeInteger(keep) || keep < 1)
    throw new UsageError(`--keep takes a number of backups, 1 or more, but got ${JSON.stringify(text)}`);
  return keep;
}
