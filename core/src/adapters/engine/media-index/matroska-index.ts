import type { Buffer } from "node:buffer";
import { type Element, elementIn, elementsIn, numberIn } from "./ebml.ts";
import type { ByteSpan, IndexedPart, MediaIndex, RemoteFile } from "./remote-file.ts";
import { mostIndexBytes } from "./remote-file.ts";

/** Ids of RFC 9559. */
const id = {
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekPosition: 0x53ac,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueClusterPosition: 0xf1,
  cluster: 0x1f43b675,
} as const;

const mostElements = 64;

/** The index of a Matroska or WebM file: its cues, wherever they lie; null: it has none. */
export async function matroskaIndex(file: RemoteFile): Promise<MediaIndex | null> {
  const header = await elementIn(file, 0);
  const segment = header && (await elementIn(file, header.end));
  if (segment?.id !== id.segment || segment.end > file.size) return null;
  const found = new Map<number, Element>();
  const note = async (at: number): Promise<Element | null> => {
    const element = at < segment.end ? await elementIn(file, at) : null;
    if (element !== null && element.end <= segment.end) found.set(element.start, element);
    return element;
  };
  let at = segment.content;
  for (let count = 0; count < mostElements; count++) {
    const element = await note(at);
    if (element === null || element.id === id.cluster) break;
    at = element.end;
  }
  // A reader follows what the head of the segment names: tags, attachments and cues may lie behind the media.
  for (const element of [...found.values()].filter((one) => one.id === id.seekHead)) {
    const content = await contentOf(file, element);
    for (const seek of elementsIn(content)) {
      const position = seek.id === id.seek ? numberIn(content, seek, id.seekPosition) : null;
      if (position !== null && !found.has(segment.content + position)) await note(segment.content + position);
    }
  }
  const described = [...found.values()].filter((one) => one.id !== id.cluster);
  const bytes = described.reduce((sum, { start, end }) => sum + end - start, 0);
  const cues = described.find((one) => one.id === id.cues);
  const info = described.find((one) => one.id === id.info);
  if (cues === undefined || info === undefined || bytes > mostIndexBytes) return null;
  const scale = numberIn(await contentOf(file, info), null, id.timestampScale) ?? 1_000_000;
  const always: ByteSpan[] = [{ start: 0, end: segment.content }, ...described];
  // What follows the last cluster is described, or is nothing that a reader looks for.
  const behind = described.filter(({ start }) => start > at).map(({ start }) => start);
  const parts = partsOf(await contentOf(file, cues), segment.content, scale / 1e9, Math.min(...behind, segment.end));
  return { parts, always: [...always, { start: at, end: parts[0]?.start ?? at }] };
}

/** One from each cue to the next. */
function partsOf(cues: Buffer, base: number, scale: number, end: number): IndexedPart[] {
  const points = elementsIn(cues).flatMap((point) => {
    if (point.id !== id.cuePoint) return [];
    const time = numberIn(cues, point, id.cueTime);
    const positions = elementsIn(cues, point).find((one) => one.id === id.cueTrackPositions);
    const position = positions && numberIn(cues, positions, id.cueClusterPosition);
    return time === null || position == null ? [] : [{ atSeconds: time * scale, start: base + position }];
  });
  const inOrder = points.sort((one, other) => one.start - other.start || one.atSeconds - other.atSeconds);
  const clusters = inOrder.filter(({ start }, index) => start !== inOrder[index - 1]?.start);
  return clusters.map(({ atSeconds, start }, index) => ({
    atSeconds,
    start,
    end: clusters[index + 1]?.start ?? Math.max(start, end),
  }));
}

const contentOf = async (file: RemoteFile, { content, end }: Element): Promise<Buffer> =>
  await file.read(content, Math.min(end - content, mostIndexBytes));
