import { open } from "node:fs/promises";
import type { Probed } from "../probed.ts";
import { lookAtMatroska } from "./matroska.ts";
import { lookAtMp4 } from "./mp4.ts";
import { sure } from "./sure.ts";

const ebml = 0x1a45dfa3;

/**
 * What ffprobe would say of a file, read from its headers without starting a program. Null: it is not of an ordinary kind, or something of
 * it cannot be known for certain, or cannot be read; then ffprobe has to be asked. It reads a few megabytes at most.
 */
export async function lookQuickly(path: string, bytes: number): Promise<Probed | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    const read = async (at: number, length: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      sure(at + length > bytes || bytesRead === length);
      return buffer.subarray(0, bytesRead);
    };
    const first = (await read(0, 4)).readUInt32BE(0);
    return await (first === ebml ? lookAtMatroska : lookAtMp4)(read, bytes);
  } catch {
    // Whatever was unexpected in it: ffprobe tells what is wrong.
    return null;
  } finally {
    await file.close();
  }
}
