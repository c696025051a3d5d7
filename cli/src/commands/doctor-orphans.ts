import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type BlobStore,
  type Config,
  ConfigError,
  type Database,
  deleteFiles,
  endUploads,
  exceedsShare,
  type FileLocation,
  type Ownership,
  ownerOf,
  type StorageScan,
  scanStorage,
  storageLocation,
  whyHeldBack,
  workFoldersLocation,
} from "@vidferry/core";
import { composeBackends, pathOf } from "@vidferry/core/compose";
import { localWorkFolders } from "@vidferry/core/local-disk";
import type { Terminal } from "@vidferry/core/program";
import { exitCodes } from "@vidferry/core/program";
import { createSilentLogger, systemClock } from "@vidferry/core/system";
import { fileSize } from "../file-size.ts";

/** Shown of what there is. */
const examples = 10;

/** `vidferry doctor --orphans`: what the search for orphaned files would do, and the ways to go through with it. */
export async function doctorOrphansCommand(
  wanted: { readonly adopt: boolean; readonly delete: boolean },
  config: Config,
  terminal: Terminal,
): Promise<number> {
  refuseMissingDatabase(config);
  const backends = await composeBackends(config, { clock: systemClock, logger: createSilentLogger(), migrate: false });
  try {
    const { database, blobs } = backends;
    await database.check();
    const locations = [
      storageLocation(blobs),
      workFoldersLocation(localWorkFolders({ directory: join(config.WORK_DIR, "jobs") })),
    ];
    if (wanted.adopt) for (const location of locations) await adopt(database, location, terminal);
    const owners: Ownership[] = [];
    for (const location of locations) owners.push(await printOwner(database, location, terminal));
    const isOurs = owners[0]?.kind === "ours";
    const scan = await scanStorage({ database, blobs, clock: systemClock });
    printScan(scan, terminal);
    if (wanted.delete) return await deleteOld(config, { database, blobs, scan, isOurs }, terminal);
    printPlan(config, scan, isOurs, terminal);
    return exitCodes.done;
  } finally {
    await backends.close();
  }
}

/** A file that is not there would be made, and an empty database knows no job of any file. */
function refuseMissingDatabase({ DATABASE_URL: url }: Config): void {
  if (!url.startsWith("sqlite:") || existsSync(pathOf(url))) return;
  throw new ConfigError([`DATABASE_URL: there is no database at ${pathOf(url)}`]);
}

async function adopt(database: Database, location: FileLocation, terminal: Terminal): Promise<void> {
  const owner = await ownerOf(database, location);
  if (owner.kind === "ours") return;
  const { id } = await database.deployment();
  // Where nothing lies the service puts its mark by itself.
  if (owner.kind === "unmarked" && (await Array.fromAsync(location.jobs())).length === 0) return;
  await location.mark.replace(id);
  terminal.out(
    `adopted  ${location.variable}: it was ${owner.kind === "foreign" ? owner.mark : "nobody's"}, it is ${id} now`,
  );
}

async function printOwner(database: Database, location: FileLocation, terminal: Terminal): Promise<Ownership> {
  const owner = await ownerOf(database, location);
  const { id } = await database.deployment();
  const label = location.variable.padEnd(12);
  if (owner.kind === "ours") terminal.out(`${label} is this deployment's (${id})`);
  if (owner.kind === "foreign") terminal.out(`${label} is another deployment's (${owner.mark}); this one is ${id}`);
  if (owner.kind === "unmarked") {
    terminal.out(
      `${label} carries no mark: the service takes it when nothing lies there, or it knows the jobs of what does`,
    );
  }
  return owner;
}

function printScan(scan: StorageScan, terminal: Terminal): void {
  terminal.out(`stored       ${scan.files} files of jobs, ${fileSize(scan.bytes)}`);
  terminal.out(`orphans      ${scan.orphanedFiles} files that no job names, ${fileSize(scan.orphanedBytes)}`);
  for (const { key, bytes, modifiedAt, jobIsKnown } of scan.orphans.slice(0, examples)) {
    const why = jobIsKnown ? "of an attempt that is over" : "of a job that the database does not know";
    terminal.out(`             ${key}  ${fileSize(bytes)}, ${modifiedAt.toISOString().slice(0, 16)}, ${why}`);
  }
  if (scan.orphanedFiles > examples) terminal.out(`             … and ${scan.orphanedFiles - examples} more`);
  terminal.out(`uploads      ${scan.uploads.length} of attempts that are over`);
  for (const { upload } of scan.uploads.slice(0, examples)) {
    terminal.out(`             ${upload.key ?? upload.id}, ${upload.modifiedAt.toISOString().slice(0, 16)}`);
  }
}

function printPlan(config: Config, scan: StorageScan, isOurs: boolean, terminal: Terminal): void {
  if (scan.orphanedFiles + scan.uploads.length === 0) {
    terminal.out("             there is nothing to delete");
  } else if (!isOurs) {
    terminal.out("the service  deletes nothing: the storage is not this deployment's");
    terminal.out(
      "             → correct DATABASE_URL or STORAGE_URL; after a move to another database: --orphans --adopt",
    );
  } else if (exceedsShare(scan, config.ORPHAN_MAX_SHARE)) {
    terminal.out(
      `the service  deletes no file: these are more than ORPHAN_MAX_SHARE (${config.ORPHAN_MAX_SHARE}) of all`,
    );
    terminal.out(
      "             → make sure that the database is the right one and has lost nothing, then: --orphans --delete",
    );
  } else {
    terminal.out(`the service  deletes them when it has seen them twice, ${config.ORPHAN_SECONDS} s apart`);
  }
}

async function deleteOld(
  config: Config,
  parts: {
    readonly database: Database;
    readonly blobs: BlobStore;
    readonly scan: StorageScan;
    readonly isOurs: boolean;
  },
  terminal: Terminal,
): Promise<number> {
  const { scan, isOurs } = parts;
  if (!isOurs) {
    const owner = await ownerOf(parts.database, storageLocation(parts.blobs));
    const held = whyHeldBack(storageLocation(parts.blobs), owner);
    terminal.note(`nothing was deleted: ${held?.detail ?? "the storage is not this deployment's."}`);
    if (held !== null) terminal.note(`  ${held.fix}`);
    return exitCodes.failed;
  }
  const before = Date.now() - config.ORPHAN_SECONDS * 1000;
  const isOld = ({ modifiedAt }: { readonly modifiedAt: Date }) => modifiedAt.getTime() < before;
  const deps = { ...parts, logger: createSilentLogger() };
  const files = await deleteFiles(deps, scan.orphans.filter(isOld));
  const uploads = await endUploads(
    deps,
    scan.uploads.filter(({ upload }) => isOld(upload)),
  );
  const younger = scan.orphanedFiles + scan.uploads.length - files - uploads;
  terminal.out(`deleted      ${files} files, and ended ${uploads} uploads`);
  if (younger > 0) terminal.out(`left         ${younger}: younger than ORPHAN_SECONDS, or more than fit in one run`);
  return exitCodes.done;
}
