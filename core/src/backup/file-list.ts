import { AppError } from "../errors/app-error.ts";
import type { BlobStore } from "../library/blob-store.ts";
import { streamPieces } from "../library/stream-pieces.ts";
import { ListedFile } from "./manifest.ts";

/** Where the files are in a backup, under the keys that they have in the storage. */
export const filesPrefix = "files/";

/** Writes a list of files while they come. */
export async function writeList(
  target: BlobStore,
  key: string,
  files: AsyncGenerator<ListedFile>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await files.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
    },
    cancel: async () => {
      await files.return(undefined);
    },
  });
  await target.put(key, { kind: "stream", stream }, { contentType: "application/x-ndjson", ...(signal && { signal }) });
}

/**
 * The files of these lists, in their order. Rejects with `storage_error` when a list is missing or cut off: what is taken for an
 * empty one would be restored without its files, or cost another backup its own.
 * @param mayMiss the removal of these was interrupted: a list that is missing is done
 */
export async function* readLists(
  source: BlobStore,
  keys: readonly string[],
  signal: AbortSignal | undefined,
  mayMiss = false,
): AsyncGenerator<ListedFile> {
  for (const key of keys) {
    const blob = await source.open(key, undefined, signal);
    if (blob === null && mayMiss) continue;
    if (blob === null) throw damaged(key, "is missing");
    const decoder = new TextDecoder();
    let rest = "";
    for await (const piece of streamPieces(blob.body, signal)) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield ListedFile.parse(JSON.parse(line));
    }
    if (rest !== "") throw damaged(key, "is cut off");
  }
}

function damaged(key: string, what: string): AppError {
  return new AppError("storage_error", `A list of the files of a backup ${what}: ${key}.`, {
    hint: "Use another backup.",
    permanent: true,
  });
}
