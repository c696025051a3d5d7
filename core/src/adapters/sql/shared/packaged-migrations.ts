import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { Migration } from "./migrations.ts";

/**
 * The migrations that came with this package, oldest first. What is published has another module in the place of this one, which
 * holds them itself (`core/scripts/copy-assets.ts`): a bundler takes modules along, and no files that lie beside them.
 */
export function packagedMigrations(dialect: "sqlite" | "postgres"): readonly Migration[] {
  const folder = fileURLToPath(new URL(`../../../../migrations/${dialect}`, import.meta.url));
  return readMigrationFiles({ migrationsFolder: folder }).map(({ folderMillis, hash, sql }) => ({
    version: folderMillis,
    hash,
    statements: sql,
  }));
}
