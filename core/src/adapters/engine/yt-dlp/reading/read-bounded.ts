import { open } from "node:fs/promises";

/** The bytes of a file; null, without reading it, when there are more than `maxBytes`. */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array | null> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    return size > maxBytes ? null : await file.readFile();
  } finally {
    await file.close();
  }
}
