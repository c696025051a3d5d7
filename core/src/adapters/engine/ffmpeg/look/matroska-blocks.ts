import { type Element, elementIn } from "../../media-index/index.ts";
import type { ReadBytes } from "./decoder.ts";
import { known, sure } from "./sure.ts";

/** The first block of a track. */
export interface FirstBlock {
  /** When it is shown, in milliseconds. */
  readonly at: number;
  readonly isKey: boolean;
  /** How its frame begins. */
  readonly head: Buffer;
  readonly bytes: number;
}

/** Before the first block of the last track lie not many of the others. */
const mostBlocks = 64;
const headBytes = 64 << 10;

/** The first block (RFC 9559 §10) of each of these tracks, all in the first cluster. */
export async function firstBlocks(
  file: { readonly size: number; readonly read: ReadBytes },
  cluster: Element,
  tracks: readonly number[],
): Promise<Map<number, FirstBlock>> {
  const blocks = new Map<number, FirstBlock>();
  let time: number | null = null;
  let at = cluster.content;
  for (let count = 0; blocks.size < tracks.length; count++) {
    sure(count < mostBlocks && at < cluster.end);
    const element = known(await elementIn(file, at));
    sure(element.end <= cluster.end);
    at = element.end;
    if (element.id === 0xe7) {
      sure(time === null && element.end - element.content <= 6);
      time = (await file.read(element.content, element.end - element.content)).readUIntBE(
        0,
        element.end - element.content,
      );
    } else if (element.id === 0xa3) await readBlock(element, known(time), true);
    else if (element.id === 0xa0) {
      const block = known(await elementIn(file, element.content));
      sure(block.id === 0xa1 && block.end <= element.end);
      // What follows it may say that it refers to another one.
      await readBlock(block, known(time), false);
    } else sure([0xa7, 0xab, 0xbf, 0xec].includes(element.id));
  }
  return blocks;

  async function readBlock({ content, end }: Element, clusterTime: number, isSimple: boolean): Promise<void> {
    sure(end - content > 4);
    const start = await file.read(content, 4);
    const track = start.readUInt8(0) & 0x7f;
    const flags = start.readUInt8(3);
    // One frame alone, of one of 126 tracks.
    sure(start.readUInt8(0) > 0x80 && (flags & 0x06) === 0 && tracks.includes(track));
    if (blocks.has(track)) return;
    const bytes = end - content - 4;
    blocks.set(track, {
      at: clusterTime + start.readInt16BE(1),
      isKey: isSimple && (flags & 0x80) !== 0,
      head: await file.read(content + 4, Math.min(bytes, headBytes)),
      bytes,
    });
  }
}
