import { type Element, elementIn } from "../../media-index/index.ts";
import type { Probed } from "../probed.ts";
import type { ReadBytes } from "./decoder.ts";
import { elementsOf, fractionIn } from "./elements.ts";
import { firstBlocks } from "./matroska-blocks.ts";
import { readTags } from "./matroska-tags.ts";
import { readEntry } from "./matroska-track.ts";
import { known, sure } from "./sure.ts";

/** Ids of RFC 9559 and RFC 8794. */
const id = {
  header: 0x1a45dfa3,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  info: 0x1549a966,
  tracks: 0x1654ae6b,
  tags: 0x1254c367,
  cues: 0x1c53bb6b,
  cluster: 0x1f43b675,
  space: 0xec,
} as const;

/** Of what is read whole: more than any but the index has, which is not read. */
const mostBytes = 32 << 10;
const mostElements = 32;
const mostTracks = 16;

/** What ffprobe says of a Matroska or WebM file: what lies before its media is read, and the start of each first block. */
export async function lookAtMatroska(read: ReadBytes, bytes: number): Promise<Probed> {
  const file = { size: bytes, read };
  const contentOf = async ({ content, end }: Element) => {
    sure(end - content <= mostBytes);
    return await read(content, end - content);
  };
  const header = known(await elementIn(file, 0));
  sure(header.id === id.header);
  const kinds = elementsOf(await contentOf(header), null, [0x4286, 0x42f7, 0x42f2, 0x42f3, 0x4282, 0x4287, 0x4285]);
  // FFmpeg reads no later versions.
  sure(
    ["webm", "matroska"].includes(kinds.text(0x4282, "")) &&
      kinds.number(0x42f7, 1) <= 1 &&
      kinds.number(0x4285, 1) <= 3 &&
      kinds.number(0x42f2, 4) <= 4 &&
      kinds.number(0x42f3, 8) <= 8,
  );
  const segment = known(await elementIn(file, header.end));
  sure(segment.id === id.segment && segment.end === bytes);

  const found: Element[] = [];
  let cluster: Element | null = null;
  for (let at = segment.content; cluster === null; ) {
    const element = known(await elementIn(file, at));
    sure(element.end <= segment.end && found.length < mostElements);
    if (element.id === id.cluster) cluster = element;
    else sure([id.seekHead, id.info, id.tracks, id.tags, id.cues, id.space].some((one) => one === element.id));
    found.push(element);
    at = element.end;
  }
  const only = (name: number) => {
    const [element, another] = found.filter((one) => one.id === name);
    sure(another === undefined);
    return element ?? null;
  };
  const list = only(id.seekHead);
  if (list !== null) checkSeeks(await contentOf(list), found, segment.content);

  const info = await contentOf(known(only(id.info)));
  const about = elementsOf(info, null, [0x2ad7b1, 0x4489, 0x4d80, 0x5741, 0x4461, 0x7ba9, 0x73a4]);
  // Times are milliseconds.
  sure(about.number(0x2ad7b1, 1_000_000) === 1_000_000);
  const length = fractionIn(info, about.only(0x4489));
  sure(length >= 1 && length < 1e9);
  const tags = only(id.tags);
  const lengths = tags === null ? new Map<string, string>() : readTags(await contentOf(tags));
  const tracks = await contentOf(known(only(id.tracks)));
  const entries = elementsOf(tracks, null, [0xae]).all(0xae);
  sure(entries.length > 0 && entries.length <= mostTracks);
  const described = entries.map((entry) => readEntry(tracks, entry));
  sure(new Set(described.map(({ number }) => number)).size === described.length);
  const blocks = await firstBlocks(
    file,
    cluster,
    described.map(({ number }) => number),
  );
  const streams = described.map(({ number, uid, describe }) =>
    describe(known(blocks.get(number)), lengths.get(uid) ?? null),
  );
  return {
    format: {
      format_name: "matroska,webm",
      // FFmpeg cuts off what is less than a microsecond.
      duration: Math.trunc(length * 1_000) / 1e6,
      start_time: Math.min(...streams.map(({ start_time }) => start_time ?? 0)),
    },
    streams,
    chapters: [],
  };
}

/** What a list of places names has been seen, or is the index, which is read no sooner than it is needed. */
function checkSeeks(bytes: Buffer, found: readonly Element[], base: number): void {
  for (const seek of elementsOf(bytes, null, [id.seek]).all(id.seek)) {
    const entry = elementsOf(bytes, seek, [id.seekId, id.seekPosition]);
    const [name, at] = [entry.number(id.seekId, 0), base + entry.number(id.seekPosition, 0)];
    sure(name === id.cues || found.some((element) => element.id === name && element.start === at));
  }
}
