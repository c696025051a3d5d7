import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that goes away with everything in it: `await using dir = await tempDir("name")`. */
export interface TempDir extends AsyncDisposable {
  /** Absolute path, symbolic links resolved. */
  readonly path: string;
}

/** Makes a new empty folder under the system's temporary folder. */
export async function tempDir(prefix = "vidferry-test"): Promise<TempDir> {
  const path = await realpath(await mkdtemp(join(tmpdir(), `${prefix}-`)));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
