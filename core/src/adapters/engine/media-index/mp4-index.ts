import type { Buffer } from "node:buffer";
import { boxesIn, headOf } from "./mp4-boxes.ts";
import { sampleParts } from "./mp4-samples.ts";
import type { ByteSpan, IndexedPart, MediaIndex, RemoteFile } from "./remote-file.ts";
import { mostIndexBytes } from "./remote-file.ts";

/** Boxes at the top of a file, before or after its media; a stranger one ends the search. */
const mostBoxes = 64;

/** The index of an MP4: the tables of its samples, or an index of fragments at its start; null: it has none that can be used. */
export async function mp4Index(file: RemoteFile): Promise<MediaIndex | null> {
  const always: ByteSpan[] = [];
  let moov: Buffer | null = null;
  let at = 0;
  for (let count = 0; count < mostBoxes && at < file.size; count++) {
    const head = headOf(await file.read(at, 16), file.size - at);
    if (head === null) return null;
    const end = at + head.size;
    if (head.name === "moof") return null;
    if (head.name === "mdat" || head.name === "free") always.push({ start: at, end: at + 16 });
    else if (head.size > mostIndexBytes) return null;
    else always.push({ start: at, end });
    if (head.name === "moov") moov = await file.read(at, head.size);
    if (head.name === "sidx" && moov !== null) {
      const parts = fragments(await file.read(at, head.size), end);
      const tail = parts && (await tailAfter(file, parts.at(-1)?.end ?? file.size));
      return parts === null || tail === null ? null : { always: [...always, ...tail], parts };
    }
    at = end;
  }
  if (moov === null || at !== file.size) return null;
  const parts = sampleParts(moov);
  return parts === null ? null : { always, parts };
}

/**
 * What lies behind the last fragment: nothing, or a table for random access. FFmpeg trusts an index of fragments that reaches so far;
 * else it would look at every one of them. Null: something else.
 */
async function tailAfter(file: RemoteFile, end: number): Promise<readonly ByteSpan[] | null> {
  if (end === file.size) return [];
  const head = end > file.size ? null : headOf(await file.read(end, 16), file.size - end);
  return head?.name === "mfra" && end + head.size === file.size ? [{ start: end, end: file.size }] : null;
}

/** ISO/IEC 14496-12 §8.16.3; `end` is where the box ends. Null: it names other indexes instead of fragments. */
function fragments(box: Buffer, end: number): IndexedPart[] | null {
  const [{ start = 0 } = {}] = boxesIn(box, 0, box.length);
  const version = box[start];
  const scale = box.readUInt32BE(start + 8);
  if (scale === 0) return null;
  const wide = version !== 0;
  const firstOffset = wide ? Number(box.readBigUInt64BE(start + 20)) : box.readUInt32BE(start + 16);
  let entry = start + (wide ? 28 : 20);
  const count = box.readUInt16BE(entry + 2);
  entry += 4;
  if (entry + count * 12 > box.length) return null;
  const parts: IndexedPart[] = [];
  let [at, time] = [end + firstOffset, 0];
  for (let index = 0; index < count; index++, entry += 12) {
    const reference = box.readUInt32BE(entry);
    if (reference >= 0x8000_0000) return null;
    parts.push({ start: at, end: at + reference, atSeconds: time / scale });
    at += reference;
    time += box.readUInt32BE(entry + 4);
  }
  return parts;
}
