import { type BlobStore, type Config, ConfigError, parseConfig } from "@vidferry/core";
import { composeBlobs } from "@vidferry/core/compose";
import { UsageError } from "@vidferry/core/program";

/** Opens the place of backups: a folder, or an address like that of STORAGE_URL. Refuses the storage itself. */
export async function openPlace(place: string, config: Config): Promise<BlobStore> {
  const address = /^(?:file|s3):/.test(place) ? place : `file:${place}`;
  const { STORAGE_URL } = readPlace(address);
  if (STORAGE_URL === config.STORAGE_URL) {
    throw new UsageError(
      "the place of the backups is STORAGE_URL itself: whatever destroys the one destroys the other",
    );
  }
  return await composeBlobs({ ...config, STORAGE_URL, CDN_URL: null });
}

function readPlace(address: string): Config {
  try {
    return parseConfig({ STORAGE_URL: address });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(error.message.replace("STORAGE_URL", "the place of the backups"));
  }
}
