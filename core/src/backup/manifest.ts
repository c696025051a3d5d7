import { z } from "zod";
import { AppError } from "../errors/app-error.ts";
import type { BlobStore } from "../library/blob-store.ts";
import type { DeploymentId } from "../runtime/ids.ts";

/** Where the manifests are; the names sort by time. */
export const manifestPrefix = "backups/";

const StoredPart = z.strictObject({ key: z.string(), bytes: z.int(), sha256: z.string() });

/** What one backup consists of. It is written last: a backup without a manifest does not exist. */
export const Manifest = z.object({
  format: z.literal(1),
  /** When it was begun. */
  createdAt: z.iso.datetime(),
  deployment: z.string().transform((id) => id as DeploymentId),
  /** The version of Vidferry that made it. */
  version: z.string(),
  database: StoredPart.extend({ kind: z.enum(["sqlite", "postgres"]), schemaVersion: z.int() }),
  /** The stored files; null in a backup of the database alone. Lists name them, a line of JSON each. */
  files: z
    .object({
      lists: z.array(z.string()),
      count: z.int(),
      bytes: z.int(),
      /** Files that the database knew and the storage did not have, or not with the same bytes. */
      damaged: z.int(),
    })
    .nullable(),
});
export type Manifest = z.infer<typeof Manifest>;

/** A line of a list: a file that belongs to a backup. */
export const ListedFile = StoredPart;
export type ListedFile = z.infer<typeof ListedFile>;

/** The manifest's key for a backup that was begun then. */
export const manifestKey = (createdAt: Date): string => `${manifestPrefix}${stampOf(createdAt)}.json`;

/** A time as part of a key: `20261126T061745123Z`. */
export const stampOf = (time: Date): string => time.toISOString().replaceAll(/[-:.]/g, "");

/** The keys of the manifests in a target, oldest first. */
export async function listManifests(target: BlobStore): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of target.list(manifestPrefix)) if (key.endsWith(".json")) keys.push(key);
  return keys.sort();
}

/** Writes a manifest: all of it or nothing. */
export async function writeManifest(target: BlobStore, key: string, manifest: Manifest): Promise<void> {
  const stream = new Blob([`${JSON.stringify(manifest, null, 2)}\n`]).stream() as ReadableStream<Uint8Array>;
  await target.put(key, { kind: "stream", stream }, { contentType: "application/json" });
}

/** Reads a manifest. Rejects with `not_found`, or `storage_error` when it is not one that this version can read. */
export async function readManifest(target: BlobStore, key: string): Promise<Manifest> {
  const blob = await target.open(key);
  if (blob === null) throw new AppError("not_found", `There is no backup ${key}.`);
  const text = await new Response(blob.body).text();
  const parsed = Manifest.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new AppError("storage_error", `${key} is no manifest of a backup, or one of a newer version of Vidferry.`, {
    hint: "Use the version of Vidferry that made the backup, or another backup.",
    permanent: true,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
