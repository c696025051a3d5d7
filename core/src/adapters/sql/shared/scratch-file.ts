import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "../../../errors/app-error.ts";
import { streamPieces } from "../../../library/stream-pieces.ts";

const abandonedAfterMs = 86_400_000;

/** Lends the path of a file that does not exist yet, in a folder for this user alone, and deletes what is there afterwards. */
export async function withScratchFile<T>(folder: string, use: (path: string) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeAbandoned(folder);
  const path = join(folder, crypto.randomUUID());
  try {
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** What a process left that was killed. Nobody needs a copy of a database for longer than it takes to store it. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > abandonedAfterMs) await rm(path, { force: true });
  }
}

/** Writes a stream to a new file. Rejects with `storage_error` unless its bytes have this digest. */
export async function writeChecked(
  path: string,
  stream: ReadableStream<Uint8Array>,
  sha256: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hash = createHash("sha256");
  const digest = new Transform({
    transform: (piece: Uint8Array, _encoding, done) => {
      hash.update(piece);
      done(null, piece);
    },
  });
  // Nobody else may read it: it has the hashes of keys.
  const file = createWriteStream(path, { flags: "wx", mode: 0o600, flush: true });
  await pipeline(streamPieces(stream, signal), digest, file);
  if (hash.digest("hex") === sha256) return;
  await rm(path, { force: true });
  throw new AppError(
    "storage_error",
    "The copy of the database is damaged: its bytes are not those that were stored.",
    {
      hint: "Restore another backup.",
      permanent: true,
    },
  );
}
