import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * What Bun is to run for a program of this repository: its bundle, where `bin/test` has made one, for a bundle starts in half
 * the time; otherwise its source.
 */
export function programFile(source: URL): string {
  const path = fileURLToPath(source);
  const bundles = process.env["TEST_BUNDLES_DIR"];
  const bundle = bundles === undefined ? "" : join(bundles, relative(root, path).replace(/\.ts$/, ".js"));
  return existsSync(bundle) ? bundle : path;
}
