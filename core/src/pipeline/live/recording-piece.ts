import { z } from "zod";
import type { Journals, RecordedSpan } from "./recording-files.ts";

/** What a piece of a recording adds to the pieces before it. Stored before its bytes, as JSON. */
export interface PieceHead {
  readonly v: 1;
  /** Of each stream the lines that are new, and after how much of its journal they come. */
  readonly streams: Readonly<Record<string, { readonly from: number; readonly lines: string }>>;
  /** Where the bytes belong that follow the head. */
  readonly spans: readonly RecordedSpan[];
  /** Why the recording was ended, if it was; absent: it goes on. */
  readonly ended?: string | undefined;
}

const Head: z.ZodType<PieceHead> = z.object({
  v: z.literal(1),
  streams: z.record(z.string(), z.object({ from: z.int().nonnegative(), lines: z.string() })),
  spans: z.array(z.object({ file: z.string(), from: z.int().nonnegative(), bytes: z.int().positive() })),
  ended: z.string().optional(),
});

/** Bytes of the number ahead of a head that says how long it is. */
const lengthBytes = 4;

/** The head as it is stored, with its length ahead of it. */
export function encodeHead(head: PieceHead): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const encoded = new Uint8Array(lengthBytes + text.length);
  new DataView(encoded.buffer).setUint32(0, text.length);
  encoded.set(text, lengthBytes);
  return encoded;
}

/** How long a piece's head is with its length, by its first bytes. */
export const headBytes = (start: Uint8Array): number =>
  lengthBytes + new DataView(start.buffer, start.byteOffset, start.byteLength).getUint32(0);

/** Reads a whole head. @throws when it is none. */
export const decodeHead = (encoded: Uint8Array): PieceHead =>
  Head.parse(JSON.parse(new TextDecoder().decode(encoded.subarray(lengthBytes))));

/** What is new in the journals after `known`, a beginning of them; null: nothing. */
export function pieceBeyond(
  journals: Journals,
  known: Journals,
  spans: readonly RecordedSpan[],
  ended: string | null,
): PieceHead | null {
  const streams = Object.fromEntries(
    Object.entries(journals)
      .map(([name, text]) => {
        const from = known[name]?.length ?? 0;
        return [name, { from, lines: text.slice(from) }] as const;
      })
      .filter(([, { lines }]) => lines !== ""),
  );
  if (Object.keys(streams).length === 0 && ended === null) return null;
  return { v: 1, streams, spans, ...(ended !== null && { ended }) };
}

/**
 * The journals that pieces make together, in the order of attempts, each continuing a beginning of those before. A piece that comes after
 * one that is missing adds nothing.
 */
export function joinPieces(heads: readonly PieceHead[]): Journals {
  const journals: Record<string, string> = {};
  for (const { streams } of heads) {
    for (const [name, { from, lines }] of Object.entries(streams)) {
      const before = journals[name] ?? "";
      if (from <= before.length) journals[name] = before.slice(0, from) + lines;
    }
  }
  return journals;
}

/** Whether a piece has bytes of what comes after `known`. */
export const reachesBeyond = ({ streams }: PieceHead, known: Journals): boolean =>
  Object.entries(streams).some(([name, { from, lines }]) => from + lines.length > (known[name]?.length ?? 0));

/** The whole lines with which both begin. */
export function sharedJournals(one: Journals, other: Journals): Journals {
  return Object.fromEntries(
    Object.keys(one).map((name) => [name, sharedLines(one[name] ?? "", other[name] ?? "")] as const),
  );
}

function sharedLines(one: string, other: string): string {
  if (one.startsWith(other)) return other;
  if (other.startsWith(one)) return one;
  let at = 0;
  while (one[at] === other[at]) at += 1;
  return one.slice(0, one.lastIndexOf("\n", at) + 1);
}

/** How much there is in all journals; of two recordings of a stream the one with more goes further. */
export const journalLength = (journals: Journals): number =>
  Object.values(journals).reduce((sum, text) => sum + text.length, 0);
