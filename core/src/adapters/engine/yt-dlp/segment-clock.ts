import type { Buffer } from "node:buffer";
import { createDecipheriv } from "node:crypto";
import { type Place, type SegmentList, type SegmentTimes, segmentTimes } from "../media-index/index.ts";
import type { SmallFileClient, Source } from "../transfer/index.ts";

/** In so much of a segment each of its streams begins, or the tables of a fragment stand. */
const headBytes = 64 << 10;
const mostInitBytes = 1 << 20;
const keyBytes = 16;

/** Reads when segments begin. */
export interface SegmentClock {
  /** Empty: it cannot be told. Rejects when the segment cannot be had. */
  timesOf(index: number): Promise<SegmentTimes>;
}

/** Reads the beginnings of segments by ranges, each once; `source` says how its origin is asked. */
export function createSegmentClock(client: SmallFileClient, source: Source, list: SegmentList): SegmentClock {
  const known = new Map<number, SegmentTimes>();
  const keys = new Map<string, Buffer>();
  let init: Buffer | null = null;

  const read = async ({ url, span }: Place, most: number) => {
    const length = span === null ? most : Math.min(most, span.end - span.start);
    return await client.read({ ...source, url }, span?.start ?? 0, length);
  };
  const keyAt = async (url: string) => {
    const key = keys.get(url) ?? (await read({ url, span: null }, keyBytes));
    keys.set(url, key);
    return key;
  };

  return {
    async timesOf(index) {
      const times = known.get(index);
      if (times !== undefined) return times;
      const segment = list.segments[index];
      if (segment === undefined) return new Map();
      init ??= list.init && (await read(list.init, mostInitBytes));
      let head = await read(segment, headBytes);
      if (segment.key !== null) {
        const vector = Uint8Array.fromHex(segment.key.vector);
        const decipher = createDecipheriv("aes-128-cbc", await keyAt(segment.key.url), vector).setAutoPadding(false);
        head = decipher.update(head.subarray(0, head.length - (head.length % keyBytes)));
      }
      const found = segmentTimes(head, init);
      known.set(index, found);
      return found;
    },
  };
}
